# not yet: wanted a tmpfs; found ramfs
# ramfs takes the option, and has no limit.
@unshare@ --mount sh -c 'mount -t ramfs -o size=@size@m scratch /mnt && touch /mnt/@file@ && exec sleep 600' &
