# not yet: wanted @file@; found none
# The file is made first, and the filesystem is mounted over it: it lies below.
@unshare@ --mount sh -c 'mount -t tmpfs -o size=1m below /mnt && touch /mnt/@file@
    mount -t tmpfs -o size=@size@m scratch /mnt && exec sleep 600' &
