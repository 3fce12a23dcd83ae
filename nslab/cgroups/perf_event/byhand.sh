#!/bin/sh
# Page faults of one group. Prints: where the load is | what it counts itself | what was counted for the group.
# Needs perf(1): apt-get install linux-perf
set -e
group='@perf_event@/nslab-by-hand'
results=$(mktemp -d)
remove() {
    rm -r "$results"
    rmdir "$group"
}
trap remove EXIT
trap 'exit 1' INT TERM

mkdir -p "$group"
# -a: on all CPUs; -G: of that group, whose load is what perf starts here. It moves itself in ("0" means the writer).
perf stat -a -e page-faults -G '@name@' -x , -o "$results/counted" sh -c '
    faults() {   # fields 10 to 13 of /proc/PID/stat: of the shell, and of the commands that it has run
        read -r line <"/proc/$$/stat"
        set -- ${line##*) }
        echo $(($8 + $9 + ${10} + ${11}))
    }
    echo 0 >"$1/cgroup.procs"
    faults
    dd if=/dev/zero of=/dev/null bs=@bytes@ count=1 2>/dev/null   # touches all pages of its buffer
    faults
' load "$group" >"$results/own"
own=$(awk 'NR == 1 { before = $1 } END { print $1 - before }' "$results/own")
echo "page faults, @pages@ pages touched: the load is inside | $own | $(sed -n 's/,.*page-faults.*//p' "$results/counted")"
