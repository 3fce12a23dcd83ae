# not yet: /proc/PID/ns/ipc of both: wanted two, and not the machine's; found sleep @second@ in the machine's
# The helper's objects are the machine's.
@unshare@ --uts sh -c 'hostname @name@; unshare --ipc sleep @first@ & sleep @second@ & wait' &
