# not yet: lines in /proc/interrupts as the sandbox sees it: wanted 0
# These mounts are in a mount namespace of one's own, and not in the sandbox's.
@unshare@ --mount sh -c 'mount --bind /dev/null /proc/interrupts; mount --bind /proc/sys /proc/sys
    mount -o remount,bind,ro /proc/sys; exec sleep 600' &
