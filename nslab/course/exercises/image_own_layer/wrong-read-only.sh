# not yet: its upper layer (upperdir): wanted a directory
# An overlay of lower layers alone cannot be written.
@unshare@ --mount sh -c 'mount -t tmpfs layers /media && mkdir /media/more && echo @word@ >/media/more/@file@ &&
    mount -t overlay -o lowerdir=/media/more:/usr/share mine /mnt && exec sleep 600' &
