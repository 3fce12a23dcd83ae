#!/bin/sh
# A process wants twice the memory that its group may have. Prints: asked for | expected | measured.
set -e
group='@memory@/nslab-by-hand'
remove() { rmdir "$group" 2>/dev/null || { sleep 0.1; rmdir "$group"; }; }   # busy for a moment after the kill
trap remove EXIT
trap 'exit 1' INT TERM

enable() { @enable@; }   # v2: which controllers a group's children get
after() { sed -n "s/^$2//p" "$group/$1"; }   # what a file has after a key

enable '@memory@'
mkdir -p "$group"
echo $((@mib@ << 20)) >"$group/@limit_file@"
# Else what is too much could go to swap.
[ ! -e "$group/@swap_file@" ] || echo 0 >"$group/@swap_file@"

# tail keeps all that it reads, as it waits for the end of a line that has none. "0" moves the shell that becomes tail.
status=0
head -c "$((2 * @mib@))M" /dev/zero | { echo 0 >"$group/cgroup.procs"; exec tail >/dev/null; } || status=$?
ended="exit $status"
[ $status -lt 128 ] || ended=SIG$(kill -l $status)

asked='memory_max @mib@ MiB'
echo "the process ended by: $asked | SIGKILL | $ended"
echo "OOM kills that the kernel counted: $asked | 1 | $(after @kills_file@ '@kills_key@')"
echo "times the limit was met: $asked | 1 | $(after @met_file@ '@met_key@')"
[ ! -e "$group/@peak_file@" ] ||   # v2 before Linux 5.19 has none
    awk '{ printf "most memory in use, MiB: memory_max @mib@ MiB | @mib@ | %.2f\n", $1 / 2 ^ 20 }' "$group/@peak_file@"
