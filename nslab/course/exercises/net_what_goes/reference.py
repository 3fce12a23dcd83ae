import json
import os
import signal

import nslab

links = json.loads(nslab.exercise("net-what-goes").run("room", "ip -json link").stdout)
stays = os.readlink("/proc/@helper@/ns/net") == os.readlink("/proc/@web@/ns/net")
os.kill(int("@web@"), signal.SIGKILL)
print(sum(stays or not link["ifname"].startswith("to-web") for link in links))
