# not yet: the process that you named: wanted red, green or blue
# All three look the same in /proc/PID/status.
echo all
