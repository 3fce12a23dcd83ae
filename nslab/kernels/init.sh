#!/bin/sh
# The first process of a second kernel: lays memory over this machine's files, mounts one version of cgroups, and
# becomes the program that runs demos. Beside it lie `version`, `python`, `packages` (where nslab and its
# packages are), and `places`, which that Python needs.
set -eu
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
dir=${0%/*}
version=$(cat "$dir/version")
python=$(cat "$dir/python")
modules="/usr/lib/uml/modules/$(uname -r)"

# What is written here would else reach the machine's own files.
insmod "$modules/kernel/fs/overlayfs/overlay.ko"
mount -t tmpfs memory /tmp
mkdir /tmp/upper /tmp/work /tmp/root
mount -t overlay -o lowerdir=/,upperdir=/tmp/upper,workdir=/tmp/work overlay /tmp/root
cd /tmp/root
pivot_root . mnt
umount -l /mnt

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm /dev/mqueue
mount -t devpts -o ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
mount -t mqueue mqueue /dev/mqueue
mkdir /media/nslab
mount -t hostfs -o "$dir" nslab /media/nslab
# In /run and /tmp are notes of the machine's own sessions, which are none of this kernel's. A place may lie there, too.
n=0
while IFS= read -r place; do
    n=$((n + 1))
    mkdir "/media/$n"
    mount --bind "$place" "/media/$n"
done <"$dir/places"
mount -t tmpfs -o mode=755 run /run
mount -t tmpfs -o mode=1777 tmp /tmp
n=0
while IFS= read -r place; do
    n=$((n + 1))
    if [ ! -e "$place" ]; then
        mkdir -p "$place"
        mount --bind "/media/$n" "$place"
    fi
done </media/nslab/places
ln -sfn /proc/self/fd /dev/fd
mkdir -p /lib/modules
mount --bind /usr/lib/uml/modules /lib/modules
modprobe -q loop || true
if [ "$version" = v1 ]; then
    mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
    for subsystems in cpu,cpuacct memory pids blkio; do
        mkdir "/sys/fs/cgroup/$subsystems"
        mount -t cgroup -o "$subsystems" cgroup "/sys/fs/cgroup/$subsystems"
    done
else
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi
if [ -s /media/nslab/disk ]; then
    mount /dev/ubda /var/tmp
    chmod 1777 /var/tmp
    swapon /dev/ubdb
fi
hostname uml
ip link set lo up
stty -F /dev/tty1 raw -echo
cd /
HOME=/tmp PYTHONPATH=$(cat /media/nslab/packages) exec setsid "$python" -m nslab.kernels.guest </dev/tty1 >/dev/tty1 2>/media/nslab/errors
