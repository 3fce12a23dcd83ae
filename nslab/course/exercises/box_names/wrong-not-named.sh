# not yet: wanted by-hand; found
# A new namespace begins with a copy of the old name.
@unshare@ --uts --ipc sleep @seconds@ &
