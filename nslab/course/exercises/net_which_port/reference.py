import json

import nslab

task = nslab.exercise("net-which-port")
inside = json.loads(task.run("@who@", "ip -json link show eth0").stdout)[0]
for port in json.loads(task.run("room", "ip -json link").stdout):
    if port["ifindex"] == inside["link_index"]:
        print(port["ifname"])
