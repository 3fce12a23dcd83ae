# not yet: as you said; found more than that
# The first process ends, too.
kill -KILL @first@
echo $((@right@ - 1))
