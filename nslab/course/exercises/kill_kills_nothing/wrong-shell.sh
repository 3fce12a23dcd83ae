# not yet: wanted SIGTERM, caught or waited for; found no handler
# A shell as number 1 has no handler of its own, and does not pass signals on.
kill -KILL @old@
@unshare@ --pid --fork sh -c 'sleep @seconds@; true' &
