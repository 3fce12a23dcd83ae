import os

import nslab

task = nslab.exercise("net-who-shares")
for role in ("web", "db", "cache"):
    if task.run(role, "readlink /proc/self/ns/net").stdout.strip() == os.readlink("/proc/self/ns/net"):
        print(role)
