# not yet: as you said; found more than that
# It counts those with the very same pid namespace, and overlooks the namespace below.
number=$(pgrep --ns @first@ --nslist pid | wc -l)
kill -KILL @first@
echo "$number"
