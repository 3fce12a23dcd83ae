import os
import signal
import subprocess
import sys
import time

import nslab

task = nslab.exercise("name-for-all")
machine = task.run("machine", "readlink /proc/self/ns/uts").stdout.strip()
for role, pid in {"web": "@web@", "db": "@db@", "cache": "@cache@"}.items():
    if os.readlink(f"/proc/{pid}/ns/uts") == machine:
        os.kill(int(pid), signal.SIGTERM)
        enter = [sys.executable, "-m", "nslab", "enter", f"name-for-all.{role}"]
        agent = subprocess.Popen([*enter, "unshare", "--uts", "sh", "-c", "@loop@", f"agent-{role}"])
task.run("machine", "hostname @machine@")
time.sleep(2)
