# not yet: which the script has started: wanted @limited@; found @lobby@
# The same number in another group is another limit: together they may have twice as many.
echo 20 > @lobby@/pids.max
