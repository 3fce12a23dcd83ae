# not yet: no_new_privs of it: wanted set; found not set
# Without no_new_privs a set-user-ID program may get what the set of its file says.
@unshare@ --pid --fork --ipc --uts setpriv --bounding-set=-all,+@short@ --inh-caps=-all sleep @seconds@ &
