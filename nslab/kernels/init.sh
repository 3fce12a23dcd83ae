#!/bin/sh
# The first process of a second kernel: lays memory over this machine's files, mounts one version of cgroups, and
# becomes the program that runs demos. Beside it lie machine.sh, `version`, `python`, `packages` (where nslab and its
# packages are), and `places`, which that Python needs.
set -eu
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
dir=${0%/*}
version=$(cat "$dir/version")
python=$(cat "$dir/python")
# shellcheck source=nslab/kernels/machine.sh
. "$dir/machine.sh"

cover_the_host
mkdir /media/nslab
mount -t hostfs -o "$dir" nslab /media/nslab
set --
while IFS= read -r place; do
    set -- "$@" "$place"
done </media/nslab/places
make_the_machine "$@"
if [ "$version" = v1 ]; then
    mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
    for subsystems in cpu,cpuacct memory pids blkio; do
        mkdir "/sys/fs/cgroup/$subsystems"
        mount -t cgroup -o "$subsystems" cgroup "/sys/fs/cgroup/$subsystems"
    done
else
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi
stty -F /dev/tty1 raw -echo
cd /
HOME=/tmp PYTHONPATH=$(cat /media/nslab/packages) exec setsid "$python" -m nslab.kernels.guest </dev/tty1 >/dev/tty1 2>/media/nslab/errors
