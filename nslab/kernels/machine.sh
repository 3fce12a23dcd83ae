# shellcheck shell=sh
# What the first process of every second kernel does first, here (init.sh) and for tests (tests/v2/init.sh): both read this.

# Lay memory over this machine's files, since what is written there would else reach the machine itself.
cover_the_host() {
    insmod "/usr/lib/uml/modules/$(uname -r)/kernel/fs/overlayfs/overlay.ko"
    mount -t tmpfs memory /tmp
    mkdir /tmp/upper /tmp/work /tmp/root
    mount -t overlay -o lowerdir=/,upperdir=/tmp/upper,workdir=/tmp/work overlay /tmp/root
    cd /tmp/root || return
    # Unlike chroot this also moves the kernel's own threads, which start modprobe; and "/" stays a mount point.
    pivot_root . mnt
    umount -l /mnt
}

# Mount what a machine has, but for cgroups, and be one: make_the_machine PLACE…, which are the directories that are to
# be seen also where something is mounted over them.
make_the_machine() {
    mount -t proc proc /proc
    mount -t sysfs sysfs /sys
    mount -t devtmpfs devtmpfs /dev
    mkdir -p /dev/pts /dev/shm /dev/mqueue
    mount -t devpts -o ptmxmode=666 devpts /dev/pts
    mount -t tmpfs -o mode=1777 shm /dev/shm
    mount -t mqueue mqueue /dev/mqueue
    n=0
    for place; do
        n=$((n + 1))
        mkdir "/media/$n"
        mount --bind "$place" "/media/$n"
    done
    # In /run and /tmp are notes of the machine's own sessions, which are none of this kernel's.
    mount -t tmpfs -o mode=755 run /run
    mount -t tmpfs -o mode=1777 tmp /tmp
    n=0
    for place; do
        n=$((n + 1))
        if [ ! -e "$place" ]; then
            mkdir -p "$place"
            mount --bind "/media/$n" "$place"
        fi
    done
    ln -sfn /proc/self/fd /dev/fd
    mkdir -p /lib/modules
    mount --bind /usr/lib/uml/modules /lib/modules
    # What needs these says so where they are not there: the module, a file system on the disk, something to swap to.
    modprobe -q loop || true
    if mount -t ext4 /dev/ubda /var/tmp; then chmod 1777 /var/tmp; fi
    swapon /dev/ubdb || true
    hostname uml
    ip link set lo up
}
