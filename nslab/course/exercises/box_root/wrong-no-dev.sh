# not yet: wanted a device; found none
# The root is right; there is nothing in /dev.
@unshare@ --mount sh -c 'mount -n --bind @rootfs@ @rootfs@; cd @rootfs@; mount -n --move . /; exec chroot . sleep @seconds@' &
