#!/bin/sh
# Two hierarchies, two cgroups in each, and tasks that are in one of each, and want all there is. Needs root.
# Prints: asked for | expected | measured. Whatever is mounted here, no other process sees.
[ "$1" = inside ] || exec unshare --mount --propagation private sh "$0" inside
set -e
mount -t tmpfs nslab /mnt
mkdir /mnt/A /mnt/B /mnt/C
mount_it() {   # a hierarchy's subsystems, or "name=…" for one that has none
    case $1 in name=*) mount -t cgroup -o "none,$1" nslab "$2" ;; *) mount -t cgroup -o "$1" nslab "$2" ;; esac
}
mount_it '@a@' /mnt/A
mount_it '@b@' /mnt/B
A=/mnt/A/nslab-by-hand B=/mnt/B/nslab-by-hand C=/mnt/A/nslab-by-hand tasks=
if [ '@counted@' ]; then   # CPU time is counted in a third hierarchy here
    mount_it '@counted@' /mnt/C
    C=/mnt/C/nslab-by-hand
fi
remove() {
    [ -z "$tasks" ] || kill -9 $tasks 2>/dev/null || :   # those that were killed are gone
    wait
    sleep 0.1
    rmdir $A/cpu_cgrp/*/ $A/cpu_cgrp $A $B/memory_cgrp/*/ $B/memory_cgrp $B
    [ $A = $C ] || rmdir $C/cpu_cgrp/*/ $C/cpu_cgrp $C
    sleep 0.3   # a hierarchy goes with its last mount only when its cgroups have been gone for some moments
}
trap remove EXIT
trap 'exit 1' INT TERM
mkdir -p $A/cpu_cgrp/cgrp1 $A/cpu_cgrp/cgrp2 $B/memory_cgrp/cgrp3 $B/memory_cgrp/cgrp4 $C/cpu_cgrp/cgrp1 $C/cpu_cgrp/cgrp2

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

# Now they want all of one CPU, and at a sign more memory than there is for them.
want() {   # so many MiB
    exec taskset -c @number@ sh -c 'trap go=1 USR1; while [ -z "$go" ]; do :; done
                                    head -c "$1M" /dev/zero | tail >/dev/null' want "$1" 2>/dev/null
}
if [ '@limits_cpu@' ]; then
    echo @weight@ >$A/@weight_file@   # so that other load on the machine does not matter
    echo 60000 >$A/cpu_cgrp/cgrp1/@quota_file@
    echo 20000 >$A/cpu_cgrp/cgrp2/@quota_file@
fi
if [ '@limits_memory@' ]; then
    echo 256M >$B/memory_cgrp/cgrp3/@limit_file@
    echo 64M >$B/memory_cgrp/cgrp4/@limit_file@
    for group in cgrp3 cgrp4; do   # else what is too much could go to swap
        [ ! -e $B/memory_cgrp/$group/@swap_file@ ] || echo 0 >$B/memory_cgrp/$group/@swap_file@
    done
fi
wanting=
for pair in 288:cgrp1:cgrp3 96:cgrp1:cgrp4 96:cgrp2:cgrp4; do
    mib=${pair%%:*} groups=${pair#*:}
    want $mib &
    tasks="$tasks $!" wanting="$wanting $!"
    for file in $A/cpu_cgrp/${groups%:*} $C/cpu_cgrp/${groups%:*} $B/memory_cgrp/${groups#*:}; do
        echo $! >$file/cgroup.procs
    done
done
if [ '@limits_cpu@' ]; then
    used() { cat $C/cpu_cgrp/cgrp1/@usage_file@ $C/cpu_cgrp/cgrp2/@usage_file@; date +%s%N; }
    sleep 0.3
    before=$(used)
    sleep 5   # whole periods, and long beside what it takes to start cat and date
    echo $before $(used) | awk '{
        one = $4 - $1; two = $5 - $2; time = $6 - $3
        printf "cgrp1, percent of one CPU: quota 60 %% | 60 | %.1f\n", 100 * one / time
        printf "cgrp2, percent of one CPU: quota 20 %% | 20 | %.1f\n", 100 * two / time
        printf "cgrp1, percent of what A used: quota 60 %% | 75 | %.1f\n", 100 * one / (one + two)
        printf "cgrp2, percent of what A used: quota 20 %% | 25 | %.1f\n", 100 * two / (one + two) }'
fi
if [ '@limits_memory@' ]; then
    kill -USR1 $wanting
    number=0
    for task in $wanting; do
        number=$((number + 1)) status=0
        wait $task || status=$?
        ended="exit $status"
        [ $status -lt 128 ] || ended=SIG$(kill -l $status)
        case $number in 1) in='cgrp1 and cgrp3' limits='60 % and 256 MiB' ;; 2) in='cgrp1 and cgrp4' limits='60 % and 64 MiB' ;;
                        *) in='cgrp2 and cgrp4' limits='20 % and 64 MiB' ;; esac
        echo "task $number, in $in, ended by: $limits | SIGKILL | $ended"
    done
    for each in cgrp3:256:1 cgrp4:64:2; do
        group=${each%%:*} kills=${each##*:} mib=${each#*:}
        mib=${mib%:*}
        awk "{ printf \"$group, most memory in use, MiB: memory_max $mib MiB | $mib | %.1f\n\", \$1 / 2 ^ 20 }" \
            $B/memory_cgrp/$group/@peak_file@
        echo "$group, OOM kills: memory_max $mib MiB | $kills | $(sed -n 's/^@kills_key@//p' $B/memory_cgrp/$group/@kills_file@)"
    done
fi
