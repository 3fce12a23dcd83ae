# not begun: the clocks of all processes in the UTS namespace of process @service@
# The offsets of a namespace are fixed when a process is in it.
@nslab@ enter clock-ahead.service sh -c 'echo "boottime 0 0" >/proc/@service@/timens_offsets'
