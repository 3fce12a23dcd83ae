# not begun: your answer: wanted the number of a process; found none
# The group itself has none; those inside have.
cat @old@/cgroup.procs
