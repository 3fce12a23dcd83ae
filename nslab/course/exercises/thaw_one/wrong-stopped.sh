# not yet: the process archive: wanted frozen; found stopped by a signal
# hint: A signal has stopped it
kill -STOP @archive_pid@
echo @thaw@ > @site@
echo @thaw@ > @web@
