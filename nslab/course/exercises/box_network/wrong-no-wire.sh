# not yet: wanted one at least; found none
# A new network has lo, and that is down.
unshare --net sleep @seconds@ &
