# not begun: the uid_map and the gid_map of process @service@
# The ids are right, of a process that is not the service.
unshare --user --map-user=@uid@ --map-group=@gid@ sleep 600 &
