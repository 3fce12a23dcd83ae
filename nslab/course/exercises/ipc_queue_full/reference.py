import nslab

task = nslab.exercise("ipc-queue-full")
print(int(task.run("shop", "cat /proc/sys/kernel/msgmnb").stdout) // int("@size@"))
