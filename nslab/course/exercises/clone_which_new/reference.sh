for type in uts ipc pid net mnt user cgroup time; do
    if [ "$(readlink /proc/self/ns/$type)" != "$(readlink /proc/@service@/ns/$type)" ]; then
        printf '%s ' "$type"
    fi
done
