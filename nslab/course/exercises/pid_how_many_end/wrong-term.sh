# not yet: the first process of job, @first@: wanted ended; found it runs
# The number is right, and nothing has ended: number 1 has no handler for this signal.
kill -HUP @first@
echo @right@
