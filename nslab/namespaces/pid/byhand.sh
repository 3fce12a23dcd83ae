#!/bin/sh
# A pid 1 of one's own. Prints: host before | inside | host after.
as_root=
[ "$(id -u)" = 0 ] || as_root="--user --map-root-user"
own="unshare $as_root --pid --fork --kill-child"

# The first process: 1 inside, another number outside, and no parent that it could name.
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
mkfifo "$dir/said" "$dir/end"
$own sh -c "echo \$\$ \$PPID >$dir/said; read -r _ <$dir/end" &
read -r pid parent <"$dir/said"
outside=$(cat "/proc/$!/task/$!/children")
outside=${outside% }
echo "getpid() of the first process: $outside | $pid | $outside"
echo "getppid() of the first process: $! | $parent | $!"
echo >"$dir/end"
wait

# /proc shows the PID namespace of whoever mounted it.
count='set -- /proc/[0-9]*; echo $#'
host=$(sh -c "$count")
sleep 60 &
stranger=$!
start="cut -d ' ' -f 22 /proc/$stranger/stat"
before=$(sh -c "$start")
inside=$($own --mount sh -c "$start")
after=$(sh -c "$start")
kill $stranger
wait $stranger 2>/dev/null
echo "start of a process outside, in the old /proc: $before | $inside | $after"
echo "processes in a new /proc: $host | $($own --mount-proc sh -c "$count") | $host"
echo "/proc/self in a new /proc: $$ | $($own --mount-proc sh -c 'exec readlink /proc/self') | $$"

# Init has no handler for these two, so from inside they are dropped. (In another pid they would kill.)
# shellcheck disable=SC2016
{
    echo "SIGTERM to init from inside: – | $($own sh -c 'kill -TERM $$; echo ignored') | –"
    echo "SIGKILL to init from inside: – | $($own sh -c 'kill -KILL $$; echo ignored') | –"
}

# From the parent namespace it is dropped as well. Of two signals that kill, a process ends by the first.
$own sh -c "echo ready >$dir/said; read -r _ <$dir/end" &
read -r _ <"$dir/said"
init=$(cat "/proc/$!/task/$!/children")
init=${init% }
kill -TERM "$init"
kill -KILL "$init" 2>/dev/null
wait $! 2>/dev/null
[ $? = 143 ] && outcome=killed || outcome=ignored
echo "SIGTERM to init from the parent namespace: – | $outcome | –"

# Who is outside has no number inside.
sleep 60 &
stranger=$!
answer=$($own sh -c "kill -0 $stranger" 2>&1) && answer=ok
case $answer in *"o such process"*) answer=ESRCH ;; esac
kill -0 $stranger && after=ok
echo "kill(pid of a process outside, 0): ok | $answer | $after"
kill $stranger

# When init dies, all die: three sleeps are left to init, and init is killed from outside.
$own sh -c "sleep 60 & sleep 60 & sleep 60 & echo ready >$dir/said; wait" &
read -r _ <"$dir/said"
init=$(cat "/proc/$!/task/$!/children")
init=${init% }
below=$(cat "/proc/$init/task/$init/children")
# shellcheck disable=SC2086
before=$(ps -o pid= -p "$(echo $below | tr ' ' ,)" | wc -l)
kill -KILL "$init"
wait $! 2>/dev/null
# shellcheck disable=SC2086
left=$(ps -o pid= -p "$(echo $below | tr ' ' ,)" | wc -l)
echo "processes left of 3 when their init is killed: $before | $left | –"
