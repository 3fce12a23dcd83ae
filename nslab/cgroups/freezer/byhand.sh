#!/bin/sh
# A process that ticks is stopped for a while. Prints: asked for | expected | measured.
set -e
group='@freezer@/nslab-by-hand'
ticks=$(mktemp)
remove() {
    rm "$ticks"
    echo @thaw@ >"$group/@file@"   # in v1 a frozen process dies only when it is thawed
    while pids=$(cat "$group/cgroup.procs") && [ -n "$pids" ]; do
        kill -9 $pids 2>/dev/null || :
        sleep 0.05
    done
    rmdir "$group"
}
trap remove EXIT
trap 'exit 1' INT TERM

enable() { @enable@; }   # v2: which controllers a group's children get
count() { wc -c <"$ticks"; }

enable '@freezer@'
mkdir -p "$group"
# The shell moves itself in ("0" means the writer); what it starts is in the group as well.
sh -c 'echo 0 >"$1/cgroup.procs"; while sleep 0.02; do printf .; done' tick "$group" >"$ticks" &
sleep 0.3
echo @freeze@ >"$group/@file@"
until grep -q '@frozen@' "$group/@state_file@"; do sleep 0.01; done
state=$(grep '@frozen@' "$group/@state_file@") before=$(count)
sleep 0.5
after=$(count)
echo @thaw@ >"$group/@file@"
sleep 0.5
end=$(count)
asked='@file@ @freeze@'
echo "state while frozen: $asked | @frozen@ | $state"
echo "ticks while frozen: $asked | 0 | $((after - before))"
echo "ticks after the thaw: $asked | 1 | $((end - after))"
