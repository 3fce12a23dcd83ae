# not yet: wanted SIGTERM, caught or waited for; found no handler
# The new one is number 1 as the old one was, and will not end either.
kill -KILL @old@
@unshare@ --pid --fork sleep @seconds@ &
