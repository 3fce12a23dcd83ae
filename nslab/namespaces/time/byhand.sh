#!/bin/sh
# A boot-time clock of one's own. Prints: host before | inside | host after.
as_root=
[ "$(id -u)" = 0 ] || as_root="--user --map-root-user"
uptime_of() { cut -d ' ' -f 1 /proc/uptime; }

first=$(uptime_of)
before=$(uptime_of)
# shellcheck disable=SC2086
inside=$(unshare $as_root --time --fork --boottime @boottime@ --monotonic @monotonic@ cut -d ' ' -f 1 /proc/uptime)
after=$(uptime_of)
echo "/proc/uptime in s: $before | $inside | $after"
echo "$first $before $inside $after" |
    awk '{ printf "uptime minus the host'\''s, in s: %.0f | %.0f | %.0f\n", $2 - $1, $3 - $2, $4 - $2 }'

# Once a process is inside, the offsets cannot be written any more: EACCES, "Permission denied".
# shellcheck disable=SC2016,SC2086
answer=$(unshare $as_root --time --fork --boottime 10 sh -c 'echo "boottime 20 0" | tee /proc/self/timens_offsets' 2>&1 >/dev/null)
case $answer in *"ermission denied"*) answer=EACCES ;; "") answer=ok ;; esac
echo "writing offsets once a process is inside (in the control: before): not asked | $answer | not asked"
