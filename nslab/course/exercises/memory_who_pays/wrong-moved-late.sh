# not yet: what new is charged with: wanted what came after the move
# It has grown in the old group, so its old team pays for all.
kill -USR1 @worker@
until [ "$(awk '/RssAnon/ {print $2}' /proc/@worker@/status)" -ge @whole@ ]; do sleep 0.05; done
echo @worker@ > @procs@
echo @more@
