# not yet: wanted all types that differ; found
# It stops at the first one that differs.
for type in uts ipc pid net mnt user cgroup time; do
    if [ "$(readlink /proc/self/ns/$type)" != "$(readlink /proc/@service@/ns/$type)" ]; then
        echo "$type"
        break
    fi
done
