# not yet: /proc/PID/ns/ipc of both: wanted two, and not the machine's; found one
# Both types at once, for both programs.
@unshare@ --uts --ipc sh -c 'hostname @name@; sleep @first@ & sleep @second@ & wait' &
