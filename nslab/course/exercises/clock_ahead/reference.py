import os
import time

import nslab
from nslab.linux import ns

def restarted(pid):
    kinds = nslab.CLONE_NEWUTS
    if os.stat(f"/proc/{pid}/ns/user").st_ino != os.stat("/proc/self/ns/user").st_ino:
        kinds |= nslab.CLONE_NEWUSER
    ns.setns(ns.pidfd_open(pid), kinds)
    time.sleep(600)

service = nslab.clone(restarted, args=[int("@service@")])
