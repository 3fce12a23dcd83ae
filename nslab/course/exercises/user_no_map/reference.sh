echo "@uid@ $(id -u) 1" >/proc/@service@/uid_map
echo deny >/proc/@service@/setgroups
echo "@gid@ $(id -g) 1" >/proc/@service@/gid_map
