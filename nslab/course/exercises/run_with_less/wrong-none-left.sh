# not yet: its bounding set: wanted CAP_
# It cannot do its work: the one that it needs was taken, too.
@unshare@ --pid --fork --ipc --uts setpriv --no-new-privs --bounding-set=-all --inh-caps=-all sleep @seconds@ &
