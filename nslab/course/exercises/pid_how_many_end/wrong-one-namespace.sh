# not yet: the processes of the scene that have ended: wanted
# It counts those with the very same pid namespace, and overlooks the namespace below.
number=0
for process in /proc/[0-9]*; do
    if [ "$(readlink "$process/ns/pid" 2>/dev/null)" = "$(readlink /proc/@first@/ns/pid)" ]; then
        number=$((number + 1))
    fi
done
kill -KILL @first@
echo "$number"
