# not yet: the directories that you named: wanted some of
# How many is not which.
grep -c shared: /proc/@there_pid@/mountinfo
