# not yet: found new: none; the host's:
# No flag, nothing new.
sleep @seconds@ &
