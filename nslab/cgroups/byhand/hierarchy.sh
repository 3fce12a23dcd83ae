#!/bin/sh
# Two hierarchies, two cgroups in each, and tasks that are in one of each. Needs root.
# Prints: asked for | expected | measured. Whatever is mounted here, no other process sees.
[ "$1" = inside ] || exec unshare --mount --propagation private sh "$0" inside
set -e
mount -t tmpfs nslab /mnt
mkdir /mnt/A /mnt/B
mount_it() {   # a hierarchy's subsystems, or "name=…" for one that has none
    case $1 in name=*) mount -t cgroup -o "none,$1" nslab "$2" ;; *) mount -t cgroup -o "$1" nslab "$2" ;; esac
}
mount_it '@a@' /mnt/A
mount_it '@b@' /mnt/B
A=/mnt/A/nslab-by-hand B=/mnt/B/nslab-by-hand tasks=
remove() {
    [ -z "$tasks" ] || kill -9 $tasks
    wait
    rmdir $A/cpu_cgrp/*/ $A/cpu_cgrp $A $B/memory_cgrp/*/ $B/memory_cgrp $B
    sleep 0.3   # a hierarchy goes with its last mount only when its cgroups have been gone for some moments
}
trap remove EXIT
trap 'exit 1' INT TERM
mkdir -p $A/cpu_cgrp/cgrp1 $A/cpu_cgrp/cgrp2 $B/memory_cgrp/cgrp3 $B/memory_cgrp/cgrp4

where_is() {   # the path of process $1 in the hierarchy with the subsystem $2
    sed -n "s/^[0-9]*:[^:]*\<$2\>[^:]*:\/nslab-by-hand//p" "/proc/$1/cgroup"
}
number=0
for pair in cgrp1:cgrp3 cgrp1:cgrp4 cgrp2:cgrp4; do
    number=$((number + 1)) in_a=/cpu_cgrp/${pair%:*} in_b=/memory_cgrp/${pair#*:}
    sleep 60 &
    tasks="$tasks $!"
    echo $! >$A$in_a/cgroup.procs
    echo $! >$B$in_b/cgroup.procs
    echo "task $number in hierarchy A: moved there | $in_a | $(where_is $! '@a_first@')"
    echo "task $number in hierarchy B: moved there | $in_b | $(where_is $! '@b@')"
done
