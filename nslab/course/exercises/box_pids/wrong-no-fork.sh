# not yet: the pid namespace
# Only its children would be in the new one.
@unshare@ --pid --mount sleep @seconds@ &
