import nslab
from nslab.linux import sysv

first, second = nslab.Sandbox(ipc=True), nslab.Sandbox(ipc=True)
for run in (first, second):
    run.call(lambda: sysv.get("msg", int("@key@"), create=True))
