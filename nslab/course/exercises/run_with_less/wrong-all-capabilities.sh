# not yet: its bounding set: wanted
# All namespaces, and no_new_privs; the capabilities are all there.
@unshare@ --pid --fork --ipc --uts setpriv --no-new-privs sleep @seconds@ &
