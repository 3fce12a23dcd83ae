# not yet: /proc/PID/ns/uts of both: wanted one, and not the machine's; found two that differ
# hint: Each of the two has a host name of its own
# The names read the same, but they are two.
@unshare@ --uts --ipc sh -c 'hostname @name@; exec sleep @first@' &
@unshare@ --uts --ipc sh -c 'hostname @name@; exec sleep @second@' &
