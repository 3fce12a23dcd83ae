unshare --user --map-user=@uid@ --map-group=@gid@ sleep 600 &
