# not yet: the monotonic of process
# The uptime looks right now, and the timers go by the other clock.
@nslab@ enter clock-ahead.service unshare --time --fork --boottime 0 sleep 600 &
