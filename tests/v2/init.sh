#!/usr/bin/env bash
# The first process inside boot.sh's kernel: makes a machine with a pure cgroup v2, runs pytest in it, switches it off.

# Writes to the root file system would reach the host's. So the root becomes an overlay, whose upper half is in memory.
cover_the_host() {
    insmod "/usr/lib/uml/modules/$(uname -r)/kernel/fs/overlayfs/overlay.ko"
    mount -t tmpfs memory /tmp
    mkdir /tmp/upper /tmp/work /tmp/root
    mount -t overlay -o lowerdir=/,upperdir=/tmp/upper,workdir=/tmp/work overlay /tmp/root
    cd /tmp/root
    # Unlike chroot this also moves the kernel's own threads, which start modprobe; and "/" stays a mount point.
    pivot_root . mnt
    umount --lazy /mnt
}

make_the_machine() {
    # Everyone can reach this place, while the project may be in somebody's home directory, or below what is mounted next.
    mkdir /media/project
    mount --bind "$project" /media/project
    mount -t proc proc /proc
    mount -t sysfs sysfs /sys
    mount -t devtmpfs devtmpfs /dev
    mkdir -p /dev/pts /dev/shm /dev/mqueue
    mount -t devpts -o ptmxmode=666 devpts /dev/pts
    mount -t tmpfs -o mode=1777 shm /dev/shm
    mount -t mqueue mqueue /dev/mqueue
    mount -t tmpfs -o mode=755 run /run
    mount -t tmpfs -o mode=1777 tmp /tmp
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    ln -sf /proc/self/fd /dev/fd
    mkdir -p /lib/modules
    mount --bind /usr/lib/uml/modules /lib/modules
    if [ ! -d "$project" ]; then
        mkdir -p "$project"
        mount --bind /media/project "$project"
    fi
    mount /dev/ubda /var/tmp
    chmod 1777 /var/tmp
    swapon /dev/ubdb
    hostname uml
    ip link set lo up
}

# What systemd does for a user: a cgroup of one's own, with every controller, and a process that starts in it.
delegate() { # delegate UID
    local uid=$1 group=/sys/fs/cgroup/delegated
    mkdir "$group"
    sed 's/[^ ]*/+&/g' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
    chown "$uid:$uid" "$HOME" "$group" "$group"/cgroup.{procs,subtree_control,threads}
    cd /media/project
    export PYTHONPATH=/media/project
    # shellcheck disable=SC2016  # the inner shell expands it, so that it alone moves, and becomes pytest
    as=(sh -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$group" setpriv "--reuid=$uid" "--regid=$uid" --clear-groups)
}

tests_as() { # tests_as UID: 0 is root; its status becomes the whole one's
    local as=() times=/tmp/times-$1
    cd "$project"
    export HOME=/tmp/home-$1 NSLAB_TEST_TIMES=$times
    mkdir "$HOME"
    [ "$1" = 0 ] || delegate "$1"
    # Through a pipe, as pytest takes the console for somebody's terminal.
    "${as[@]}" .venv/bin/python -m pytest "${arguments[@]}" </dev/null 2>&1 8>&- 9>&- | cat >/dev/tty1 || status=$?
    [ ! -s "$times" ] || echo "$1 $(cat "$times")" >&8
}

run() {
    set -euo pipefail
    cover_the_host
    make_the_machine
    stty -F /dev/tty1 -onlcr
    local uid status=0
    for uid in "${uids[@]}"; do tests_as "$uid"; done
    echo "$status" >&9
}

main() {
    [ $$ = 1 ] || { echo "boot.sh starts this: on a real machine it would switch that off." >&2; exit 1; }
    export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
    local project uids arguments
    # shellcheck source=/dev/null
    . "${0%/*}/job" || exit
    exec 8>"${0%/*}/times" 9>"${0%/*}/status"
    (run)
    exec 8>&- 9>&-
    echo o >/proc/sysrq-trigger
    sleep 10
}

main
