import nslab

task = nslab.exercise("ipc-backlog")
waiting = []
for branch in ("north", "south", "west"):
    _, *queues = task.run(branch, "cat /proc/sysvipc/msg").stdout.splitlines()
    waiting += [int(queue.split()[4]) for queue in queues]
print(max(waiting))
