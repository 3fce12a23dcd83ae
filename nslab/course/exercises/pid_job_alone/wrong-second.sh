# not yet: wanted 1 as its last number; found
# The shell is number 1, and waits for the job.
@unshare@ --pid --fork --mount-proc sh -c 'sleep @seconds@ & wait' &
