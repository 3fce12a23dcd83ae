# not yet: who joins its mount namespace: wanted nslab; found
# The mount namespace has kept its root.
@unshare@ --mount chroot @rootfs@ sleep @seconds@ &
