import nslab

task = nslab.exercise("net-wire")
task.run("room", "ip link add one type veth peer name two")
for role, end, pid, address in (("left", "one", "@left_pid@", "@left@"), ("right", "two", "@right_pid@", "@right@")):
    task.run("room", f"ip link set {end} netns {pid}")
    task.run(role, f"ip address add {address}/24 dev {end}; ip link set {end} up")
