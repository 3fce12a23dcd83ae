import os
import re

import nslab

task = nslab.exercise("port-of-nobody")
for role, pid in {"mail": "@mail@", "batch": "@batch@", "stats": "@stats@"}.items():
    if os.readlink(f"/proc/{pid}/ns/net") == os.readlink("/proc/@shop@/ns/net"):
        listens = task.run(role, "ss -Hltnp 'sport = :@port@'").stdout
        holders = re.findall(r"pid=(\d+)", listens)
        if holders:
            task.run(role, f"kill -9 {' '.join(holders)}")
