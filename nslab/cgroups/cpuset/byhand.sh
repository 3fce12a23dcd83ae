#!/bin/sh
# More loads than CPUs, in a group that may use some of these. Prints: asked for | expected | measured.
set -e
group='@cpuset@/nslab-by-hand'
loads=
remove() {
    [ -z "$loads" ] || kill -9 $loads
    wait
    rmdir "$group"
}
trap remove EXIT
trap 'exit 1' INT TERM

enable() { @enable@; }   # v2: which controllers a group's children get
allowed() { sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "/proc/$1/status"; }

enable '@cpuset@'
mkdir -p "$group"
echo '@cpus@' >"$group/@cpus_file@"
# v1: a new set has no memory nodes, and takes no process before it has.
[ -n "$(cat "$group/cpuset.mems")" ] || [ ! -e '@cpuset@/cpuset.mems' ] || cat '@cpuset@/cpuset.mems' >"$group/cpuset.mems"
for load in $(seq @loads@); do
    # The shell moves itself in ("0" means the writer) and becomes the load.
    sh -c 'echo 0 >"$1/cgroup.procs"; exec sh -c "while :; do :; done"' load "$group" &
    loads="$loads $!"
done
sleep 0.2
# Field 39 of /proc/PID/stat is the CPU that it was on. The name before it is "(sh)", so it has no spaces.
ran_on=$(for look in $(seq 50); do
    for pid in $loads; do cut -d ' ' -f 39 "/proc/$pid/stat"; done
    sleep 0.02
done | sort -nu | paste -s -d ' ')
echo "CPUs that its threads ran on: cpus @shown_cpus@ | @shown_cpus@ | $ran_on"
echo "Cpus_allowed_list: cpus @shown_cpus@ | @ranges@ | $(allowed "${loads##* }")"
# The last load asks for another CPU.
if said=$(LC_ALL=C taskset -p -c @other@ "${loads##* }" 2>&1); then said=ok; fi
case $said in *"Invalid argument"*) said=EINVAL ;; esac
echo "sched_setaffinity to CPU @other@: cpus @shown_cpus@ | EINVAL | $said"
