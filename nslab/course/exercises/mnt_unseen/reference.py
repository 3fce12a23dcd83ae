import os
import time

import nslab
from nslab.linux import mount, ns

def backup(pid):
    kinds = nslab.CLONE_NEWNS
    if os.stat(f"/proc/{pid}/ns/user").st_ino != os.stat("/proc/self/ns/user").st_ino:
        kinds |= nslab.CLONE_NEWUSER
    ns.setns(ns.pidfd_open(pid), kinds)
    ns.unshare(nslab.CLONE_NEWNS)
    mount.set_propagation("/", "slave", recursive=True)
    time.sleep(600)

started = nslab.clone(backup, args=[int("@machine@")])
