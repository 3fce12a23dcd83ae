# not yet: wanted it takes it; found the kernel drops it
# There is a first process, and it has no handler.
@unshare@ --pid --fork sh -c 'sleep @seconds@ & wait' &
