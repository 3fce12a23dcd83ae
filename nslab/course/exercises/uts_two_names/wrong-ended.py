# not begun: the host names in other UTS namespaces
# The blocks end, and with them the namespaces.
import nslab

with nslab.Sandbox(uts=True, hostname="@first@"), nslab.Sandbox(uts=True, hostname="@second@"):
    pass
