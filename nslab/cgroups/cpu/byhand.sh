#!/bin/sh
# Groups want one CPU, and their weights divide it. Prints: asked for | expected | measured.
set -e
cpu='@cpu@/nslab-by-hand' count='@cpuacct@/nslab-by-hand'   # the same directory in v2
loads=
remove() {
    [ -z "$loads" ] || kill -9 $loads
    wait
    for name in $names .; do
        rmdir "$cpu/$name" "$count/$name" 2>/dev/null || :   # in v2 the second is gone with the first
    done
    rmdir "$cpu" "$count" 2>/dev/null || :
}
trap remove EXIT
trap 'exit 1' INT TERM

enable() { @enable@; }   # v2: which controllers a group's children get
used() { sed -n 's/^@usage_key@//p' "$count/$1/@usage_file@"; }   # CPU time so far
start() {
    mkdir -p "$cpu/$1" "$count/$1"
    echo "$2" >"$cpu/$1/@weight_file@"
    # The shell moves itself in ("0" means the writer) and becomes the load.
    sh -c 'for d in "$@"; do echo 0 >"$d/cgroup.procs"; done
        exec taskset -c @number@ sh -c "while :; do :; done"' load "$cpu/$1" "$count/$1" &
    loads="$loads $!"
}

names='@names@'
enable "@cpu@"
mkdir -p "$cpu" "$count"
enable "$cpu"
@starts@
sleep 0.3
before=$(for name in $names; do used "$name"; done)
sleep @seconds@
after=$(for name in $names; do used "$name"; done)
printf '%s\n' $names $before $after '@asked@' | awk '
    BEGIN { n = @count@ }
    NR <= n { name[NR] = $1 }
    NR > n && NR <= 2 * n { got[NR - n] = -$1 }
    NR > 2 * n && NR <= 3 * n { all += got[NR - 2 * n] += $1 }
    NR > 3 * n { split($0, weight, " "); for (i = 1; i <= n; i++) sum += weight[i] }
    END { for (i = 1; i <= n; i++)
        printf "%s, percent of the CPU: weight %d | %.1f | %.2f\n", name[i], weight[i], 100 * weight[i] / sum, 100 * got[i] / all }'
