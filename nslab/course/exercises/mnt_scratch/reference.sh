@unshare@ --mount sh -c 'mount -t tmpfs -o size=@size@m scratch /mnt && touch /mnt/@file@ && exec sleep 600' &
