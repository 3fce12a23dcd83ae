#!/bin/sh
# An image below an overlay. Prints: in the image before | in the container | in the image after.
# A mount namespace stands in for the host: nothing is mounted on the machine itself. An ordinary user needs a user
# namespace as well, and has overlay's marks in attributes of his own.
as_root= own=
[ "$(id -u)" = 0 ] || as_root="--user --map-root-user" own=,userxattr

# shellcheck disable=SC2016,SC2086
exec unshare $as_root --mount --net env OWN=$own sh -c '
    there() { if [ -e "$1" ]; then echo there; else echo absent; fi; }
    text() { if [ -e "$1" ]; then cat "$1"; else echo absent; fi; }
    kind() {
        if [ -c "$1" ]; then stat -c "character device %Hr, %Lr" "$1"
        elif [ -f "$1" ]; then echo "regular file"
        else echo absent; fi
    }
    taken() { if [ -e "$1" ]; then du -m "$1" | cut -f 1; else echo 0; fi; }

    # Layers.
    mount -t tmpfs nslab /mnt
    mkdir -p /mnt/image/etc /mnt/upper /mnt/work /mnt/root
    for file in motd read gone etc/hosts etc/passwd; do printf old >/mnt/image/$file; done
    head -c @size@M /dev/zero >/mnt/image/big
    motd=$(cat /mnt/image/motd) upper_motd=$(text /mnt/upper/motd) upper_read=$(text /mnt/upper/read)
    upper_big=$(taken /mnt/upper/big) gone=$(there /mnt/image/gone) upper_gone=$(kind /mnt/upper/gone)

    mount -t overlay -o lowerdir=/mnt/image,upperdir=/mnt/upper,workdir=/mnt/work$OWN nslab /mnt/root
    printf +new >>/mnt/root/motd
    chmod 600 /mnt/root/big
    rm /mnt/root/gone
    echo "a file that the container appends to: in the image, in the container, in the image:" \
        "$motd | $(cat /mnt/root/motd) | $(cat /mnt/image/motd)"
    echo "the same file in the upper layer, before and after: $upper_motd | – | $(text /mnt/upper/motd)"
    echo "MiB of the upper layer that the big file takes, after a chmod: $upper_big | – | $(taken /mnt/upper/big)"
    echo "a file that is only read, in the upper layer: $upper_read | $(cat /mnt/root/read) | $(text /mnt/upper/read)"
    echo "a file that the container removes: in the image, in the container, in the image:" \
        "$gone | $(there /mnt/root/gone) | $(there /mnt/image/gone)"
    echo "what the upper layer has in its place, before and after: $upper_gone | – | $(kind /mnt/upper/gone)"

    # What is covered.
    lines=$(wc -l </proc/interrupts) what=$(kind /proc/interrupts)
    mount --bind /dev/null /proc/interrupts
    covered=$(wc -l </proc/interrupts) is=$(kind /proc/interrupts)
    umount /proc/interrupts
    echo "lines in /proc/interrupts: $lines | $covered | $(wc -l </proc/interrupts)"
    echo "what /proc/interrupts is: $what | $is | $(kind /proc/interrupts)"
    mount --rbind /proc/sys /proc/sys
    mount -o remount,bind,ro /proc/sys
    setting=/proc/sys/net/ipv4/ip_forward
    answer=$({ echo 1 >$setting; } 2>&1) && answer=ok
    case $answer in *Read-only*) answer=EROFS ;; esac
    echo "the answer to a write to $setting: – | $answer | –"
    echo "and what a read of it says: – | $(cat $setting) | –"'
