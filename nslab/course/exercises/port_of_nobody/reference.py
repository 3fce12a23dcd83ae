import re

import nslab

task = nslab.exercise("port-of-nobody")
shop = task.run("shop", "readlink /proc/self/ns/net").stdout
for role in ("mail", "batch", "stats"):
    if task.run(role, "readlink /proc/self/ns/net").stdout == shop:
        listens = task.run(role, "ss -Hltnp 'sport = :@port@'").stdout
        for pid in re.findall(r"pid=(\d+)", listens):
            task.run(role, f"kill -9 {pid}")
