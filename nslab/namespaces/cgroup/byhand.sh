#!/bin/sh
# One's own cgroup looks like the root. Prints: host before | inside | host after.
as_root=
[ "$(id -u)" = 0 ] || as_root="--user --map-root-user"
hierarchy='@hierarchy@'
path_of() { sed -n "s/^[0-9]*:$hierarchy://p" "/proc/$1/cgroup"; }
read_it='sed -n "s/^[0-9]*:'$hierarchy'://p"'
own="unshare $as_root --cgroup"

echo "/proc/self/cgroup: $(path_of self) | $($own sh -c "$read_it /proc/self/cgroup") | $(path_of self)"
echo "/proc/1/cgroup, of a process outside: $(path_of 1) | $($own sh -c "$read_it /proc/1/cgroup") | $(path_of 1)"
inode() { stat -L -c %i /proc/self/ns/cgroup; }
echo "inode of /proc/self/ns/cgroup: $(inode) | $($own stat -L -c %i /proc/self/ns/cgroup) | $(inode)"

# The top directory of a mount of cgroupfs, known by its inode number.
case $hierarchy in
    "") mount="mount -t cgroup2 nslab /mnt" ;;
    name=*) mount="mount -t cgroup -o none,$hierarchy nslab /mnt" ;;
    *) mount="mount -t cgroup -o $hierarchy nslab /mnt" ;;
esac
top=$(stat -c %i '@point@') mine=$(stat -c %i '@point@@path@')
seen=$($own --mount sh -c "$mount && stat -c %i /mnt" 2>&1)
case $seen in "$mine") seen="its own cgroup" ;; "$top") seen="the whole hierarchy" ;; esac
now=$(stat -c %i '@point@')
case $now in "$top") now="the whole hierarchy" ;; esac
echo "the top of a mount of cgroupfs: the whole hierarchy | $seen | $now"
