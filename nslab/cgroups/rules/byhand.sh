#!/bin/sh
# The rules of hierarchies, on mounts that only this script sees. Needs root. Prints: asked for | expected | measured.
[ "$1" = inside ] || exec unshare --mount --propagation private sh "$0" inside
set -e
mount -t tmpfs nslab /mnt
mkdir /mnt/a /mnt/b /mnt/c /mnt/new
sleep 60 & task=$!
remove() {
    kill -9 $task 2>/dev/null || :
    wait
    for directory in /mnt/a/seen /mnt/new/10MB /mnt/new/10GB; do
        [ ! -d $directory ] || rmdir $directory
    done
    sleep 0.3   # a hierarchy goes with its last mount only when its cgroups have been gone for some moments
}
trap remove EXIT
trap 'exit 1' INT TERM

# Rule 1: two subsystems in one hierarchy, and none in one that has a name.
mount -t cgroup -o @first@,@second@ nslab /mnt/a
together=$(sed -n 's/^[0-9]*:\(@first@,@second@\):.*/\1/p' /proc/self/cgroup)
echo "the hierarchy of @first@ has the subsystems: mount -o @first@,@second@ | @first@,@second@ | $together"
mount -t cgroup -o none,name=nslab-by-hand nslab /mnt/new
named=$(sed -n 's/^[0-9]*:\(.*\)name=nslab-by-hand:.*/\1/p' /proc/self/cgroup)
echo "a hierarchy with a name has the subsystems: mount -o none,name=… | none | ${named:-none}"

# Rule 2: @first@ is attached, so it cannot come along with @third@; the same set again is the same hierarchy.
if said=$(LC_ALL=C mount -t cgroup -o @first@,@third@ nslab /mnt/b 2>&1); then said=ok; fi
case $said in *"already mounted"*|*busy*) said=EBUSY ;; esac   # how mount(8) words it
echo "mount -o @first@,@third@: @first@,@second@ attached | EBUSY | $said"
mkdir /mnt/a/seen
mount -t cgroup -o @first@,@second@ nslab /mnt/c
[ -d /mnt/c/seen ] && same=True || same=False
echo "a cgroup of the first mount is in the second, too: the same set | True | $same"

# Rule 3: in a new hierarchy, here that with a name, all tasks are in the root; each is in one place.
outside=$(cat /proc/[0-9]*/cgroup 2>/dev/null | grep ':name=nslab-by-hand:' | grep -vc ':/$' || :)
echo "processes that are not in the root cgroup: a new hierarchy | 0 | $outside"
mkdir /mnt/new/10MB /mnt/new/10GB
echo $task >/mnt/new/10MB/cgroup.procs
echo $task >/mnt/new/10GB/cgroup.procs
found=$(cd /mnt/new && grep -lx $task 10MB/cgroup.procs 10GB/cgroup.procs | cut -d/ -f1)
echo "after it was put in /10MB and then in /10GB, it is in: second move | 10GB | $found"
