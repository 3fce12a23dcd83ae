# not begun: wanted two with a message queue of the key @key@; found none with one
# The namespaces end with their blocks, and the queues with them.
import nslab
from nslab.linux import sysv

for _ in range(2):
    with nslab.Sandbox(ipc=True) as run:
        run.call(lambda: sysv.get("msg", int("@key@"), create=True))
