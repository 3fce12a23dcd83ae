import json

import nslab

task = nslab.exercise("lost-neighbour")


def asked(role, command):
    return json.loads(task.run(role, f"ip -json {command}").stdout or "[]")


def mend(role, address, router):
    task.run(role, f"ip address replace {address}/24 dev {role}0; ip link set {role}0 up")
    task.run(role, f"ip route replace default via {router}")


for link in asked("cache", "link"):
    if link["ifname"] == "db0":
        task.run("cache", "ip link set db0 netns @db_pid@")
for link in asked("room", "link"):
    if "UP" not in link["flags"]:
        task.run("room", f"ip link set {link['ifname']} up")
for role, address, router in (("web", "@web@", "@web_router@"), ("db", "@db@", "@db_router@")):
    if [each.get("gateway") for each in asked(role, "route") if each["dst"] == "default"] != [router]:
        mend(role, address, router)
