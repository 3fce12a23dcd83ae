# Of the processes in the pid namespace of the log, the one whose last number is the log's.
for process in /proc/[0-9]*; do
    if [ "$(readlink "$process/ns/pid")" = "$(readlink /proc/@first@/ns/pid)" ]; then
        grep -q "^NSpid:.*[[:space:]]@number@\$" "$process/status" && echo "${process#/proc/}"
    fi
done 2>/dev/null
