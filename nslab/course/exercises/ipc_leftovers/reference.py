import nslab

task = nslab.exercise("ipc-leftovers")
heads, *segments = task.run("shop", "cat /proc/sysvipc/shm").stdout.splitlines()
for segment in segments:
    of_it = dict(zip(heads.split(), segment.split(), strict=True))
    if of_it["nattch"] == "0":
        task.run("shop", f"ipcrm -m {of_it['shmid']}")
