# not yet: in its own user namespace: wanted @gid@; found 65534
# The groups have a map of their own.
unshare --user --map-user=@uid@ sleep 600 &
