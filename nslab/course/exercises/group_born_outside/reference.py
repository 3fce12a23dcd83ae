import psutil

for child in psutil.Process(int("@script@")).children(recursive=True):
    with open("@limited@/cgroup.procs", "w") as procs:
        procs.write(str(child.pid))
