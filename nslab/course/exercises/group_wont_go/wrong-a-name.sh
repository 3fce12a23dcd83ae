# not yet: the process that you named: wanted the number of one that runs
# It names a group, where a process is asked for.
ls -d @old@/*/ | head -1
