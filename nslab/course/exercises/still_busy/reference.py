import nslab

task = nslab.exercise("still-busy")
for service in ("web", "db", "cache"):
    for line in task.run(service, "cat /proc/self/mountinfo").stdout.splitlines():
        if " tmpfs @disk@ " in line:
            task.run(service, f"umount {line.split()[4]}")
