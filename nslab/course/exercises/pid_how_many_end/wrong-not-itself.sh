# not yet: the processes of the scene that have ended: wanted
# The first process ends, too.
kill -KILL @first@
echo $((@right@ - 1))
