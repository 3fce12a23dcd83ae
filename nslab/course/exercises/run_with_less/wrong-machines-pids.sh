# not yet: namespaces that process
# Its privileges are right, and it sees the machine's processes.
@unshare@ --ipc --uts setpriv --no-new-privs --bounding-set=-all,+@short@ --inh-caps=-all sleep @seconds@ &
