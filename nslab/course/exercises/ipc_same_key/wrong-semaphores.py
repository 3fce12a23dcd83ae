# not begun: wanted two with a message queue of the key @key@; found none with one
# Semaphores have a table of their own.
import nslab
from nslab.linux import sysv

first, second = nslab.Sandbox(ipc=True), nslab.Sandbox(ipc=True)
for run in (first, second):
    run.call(lambda: sysv.get("sem", int("@key@"), create=True))
