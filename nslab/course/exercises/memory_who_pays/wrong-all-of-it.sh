# not yet: wanted @both@, or 2 more or less; found less than that
# The move takes along what the worker will ask for, and not what it has.
echo @worker@ > @procs@
kill -USR1 @worker@
until [ "$(awk '/RssAnon/ {print $2}' /proc/@worker@/status)" -ge @whole@ ]; do sleep 0.05; done
echo @both@
