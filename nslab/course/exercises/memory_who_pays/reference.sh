echo @worker@ > @procs@
kill -USR1 @worker@
until [ "$(awk '/RssAnon/ {print $2}' /proc/@worker@/status)" -ge @whole@ ]; do sleep 0.05; done
echo @more@
