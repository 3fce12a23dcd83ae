import os
import time

import nslab
from nslab.linux import ns

def database(box):
    ns.setns(ns.pidfd_open(box), nslab.CLONE_NEWUSER | nslab.CLONE_NEWNS)
    ns.unshare(nslab.CLONE_NEWUSER)
    with open("/proc/self/uid_map", "w") as f:
        f.write("@uid@ 0 1")
    open("/srv/data/@file@", "w").close()
    time.sleep(600)

started = nslab.clone(database, args=[int("@box@")])
