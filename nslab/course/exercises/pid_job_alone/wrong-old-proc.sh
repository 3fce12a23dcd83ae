# not yet: lists: wanted its own namespace's; found those of another
# It is number 1, and its /proc is still the host's.
@unshare@ --pid --fork sleep @seconds@ &
