kill -KILL @old@
@unshare@ --pid --fork sh -c 'trap exit TERM; sleep @seconds@ & wait' &
