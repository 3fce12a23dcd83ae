import nslab

task = nslab.exercise("ipc-leftovers")
heads, *lines = task.run("shop", "cat /proc/sysvipc/shm").stdout.splitlines()
segments = [dict(zip(heads.split(), line.split(), strict=True)) for line in lines]
unused = [f"-m {segment['shmid']}" for segment in segments if segment["nattch"] == "0"]
task.run("shop", f"ipcrm {' '.join(unused)}")
