# not yet: as you reckoned; found more
# The first thread of each process is a task, too.
echo $(((1 << @forks@) * @threads@))
