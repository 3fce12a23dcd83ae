# not yet: as it sees itself: wanted @uid@; found 0
# The line that everybody knows is that of root, and a map cannot be written again.
echo "0 $(id -u) 1" >/proc/@service@/uid_map
echo "@uid@ $(id -u) 1" >/proc/@service@/uid_map
