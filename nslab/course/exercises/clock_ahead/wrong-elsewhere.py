# not begun: the clocks of all processes in the UTS namespace of process @service@
# Its clocks are right, and it has the name, in a namespace that is not the container's.
import nslab

box = nslab.Sandbox(uts=True, time=True, hostname="@host@")
