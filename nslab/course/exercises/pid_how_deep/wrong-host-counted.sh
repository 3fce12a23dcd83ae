# not yet: as you said; found more than that
# It takes the host's number for a level.
numbers=$(grep NSpid /proc/@inner@/status | cut -f 2- | wc -w)
echo $((32 - numbers))
