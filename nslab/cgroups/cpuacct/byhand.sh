#!/bin/sh
# What two groups used is in their accounts. Prints: where the load is | what it says of itself | what its group counted.
set -e
count='@cpuacct@/nslab-by-hand'
own=$(mktemp)
loads=
remove() {
    rm -f "$own"
    [ -z "$loads" ] || kill -9 $loads 2>/dev/null || :
    wait
    rmdir "$count/computes" "$count/copies" "$count" 2>/dev/null || :
}
trap remove EXIT
trap 'exit 1' INT TERM

# value_of GROUP FILE KEY: the number after the key, or of a file that has no more than a number
value_of() { sed -n "s/^$3//p" "$count/$1/$2"; }
# account GROUP LOAD: the load moves itself in ("0" means the writer). What `times` prints, getrusage(2) has said: user
# and system time of the shell, and of the commands that it has run; so the load is the difference.
account() {
    mkdir -p "$count/$1"
    bash -c 'echo 0 >"$1/cgroup.procs"; times; eval "$2"; times' load "$count/$1" "$2" >"$own" 2>/dev/null &
    loads=$!
    wait $loads
    loads=
    {
        tr 'ms' '  ' <"$own"
        value_of "$1" @user_file@ '@user_key@'
        value_of "$1" @system_file@ '@system_key@'
        value_of "$1" @total_file@ '@total_key@'
    } | awk -v group="$1" '
        NR <= 4 { sign = NR <= 2 ? -1 : 1; user += sign * (60 * $1 + $2); system_ += sign * (60 * $3 + $4) }
        NR > 4 { counted[NR] = $1 / @total_per@ }
        END {
            row = group ": seconds %s: the load is inside | %.3f | %.3f\n"
            printf row, "in user mode", user, counted[5]
            printf row, "in system mode", system_, counted[6]
            printf row, "in all", user + system_, counted[7]
        }'
}

mkdir -p "$count"
account computes 'for ((i = 0; i < 150000; i++)); do :; done'
account copies 'dd if=/dev/zero of=/dev/null bs=1M count=12000'   # each read fills 1 MiB in the kernel
