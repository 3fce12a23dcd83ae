# not yet: the process that you named: wanted one of red, green, blue
# All three look the same in /proc/PID/status.
echo all
