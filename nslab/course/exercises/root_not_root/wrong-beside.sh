# not begun: processes that have the box's /srv/data
# The number is right, of a process that is not in the box: it has the machine's /srv.
unshare --user --map-user=@uid@ sleep 600 &
