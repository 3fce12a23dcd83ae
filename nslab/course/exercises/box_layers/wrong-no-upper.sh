# not yet: a file that is made at its /: wanted made; found Read-only file system
# Two lower layers, and none to write to.
@unshare@ --mount sh -c 'mkdir -p @rootfs@/../empty; mount -t tmpfs layers /mnt
mount -t overlay -o lowerdir=@rootfs@/../empty:@rootfs@ overlay /mnt; exec chroot /mnt sleep @seconds@' &
