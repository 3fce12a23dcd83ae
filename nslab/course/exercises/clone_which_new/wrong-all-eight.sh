# not yet: wanted only types that differ; found the same:
# A process is in a namespace of each type; most of them are its parent's.
echo uts ipc pid net mnt user cgroup time
