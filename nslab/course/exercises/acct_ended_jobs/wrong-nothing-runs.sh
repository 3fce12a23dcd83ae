# not yet: wanted 0 euros, as you said; found more than that
# Nobody is in the group; the account is not in the processes.
cat @chemistry@/cgroup.procs @lab@/cgroup.procs @office@/cgroup.procs | wc -l
