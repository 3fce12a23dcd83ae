# Of the processes in the pid namespace of the log, the one whose last number is the log's.
for pid in $(pgrep --ns @first@ --nslist pid); do
    grep -q "^NSpid:.*[[:space:]]@number@\$" "/proc/$pid/status" && echo "$pid"
done
