# not yet: wanted 0 and 0; found 65534 and 65534
# Nobody has written a map.
unshare --user sleep @seconds@ &
