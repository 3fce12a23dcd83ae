#!/bin/sh
# Far more processes are wanted than the group may have. Prints: asked for | expected | measured.
set -e
group='@pids@/nslab-by-hand'
remove() {
    while pids=$(cat "$group/cgroup.procs") && [ -n "$pids" ]; do
        kill -9 $pids 2>/dev/null || :
        sleep 0.05
    done
    rmdir "$group"
}
trap remove EXIT
trap 'exit 1' INT TERM

enable() { @enable@; }   # v2: which controllers a group's children get

enable '@pids@'
mkdir -p "$group"
echo @limit@ >"$group/@limit_file@"
# xargs wants to run all of them at once. Where a fork is refused, it waits for one of its children, and tries again.
# The shell moves itself in ("0" means the writer) and becomes xargs.
seq @most@ | sh -c 'echo 0 >"$1/cgroup.procs"; exec xargs -P @most@ -I "{}" sleep 5' flood "$group" 2>/dev/null &
refused() { sed -n 's/^@refused_key@//p' "$group/@refused_file@"; }
turns=0
while [ "$(refused)" = 0 ] && [ $turns -lt 30 ]; do
    sleep 0.1
    turns=$((turns + 1))
done
echo "most processes at once: pids_max @limit@ | @limit@ | $(wc -l <"$group/cgroup.procs")"
echo "forks that the limit refused: pids_max @limit@ | 1 | $(refused)"
sleep 5 & other=$!   # beside the group, while that is full
[ -d "/proc/$other" ] && ! grep -q nslab-by-hand "/proc/$other/cgroup" && beside=1 || beside=0
inside=$(wc -l <"$group/cgroup.procs")
kill $other
echo "in the group, and forked outside it meanwhile: pids_max @limit@ | @limit@ and 1 | $inside and $beside"
