# not yet: as it sees itself: wanted @gid@; found 65534
# The groups have a map of their own.
echo "@uid@ $(id -u) 1" >/proc/@service@/uid_map
