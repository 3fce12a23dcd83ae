# not begun: what is mounted on /mnt for processes in other mount namespaces
# The process ends, and its list of mounts with it.
@unshare@ --mount sh -c 'mount -t tmpfs -o size=@size@m scratch /mnt && touch /mnt/@file@'
