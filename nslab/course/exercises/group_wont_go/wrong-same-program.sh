# not yet: wanted one below @old@; found @new@
# It does the same, and sits beside.
cat @new@/cgroup.procs
