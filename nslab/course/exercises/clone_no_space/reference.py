import nslab

task = nslab.exercise("clone-no-space")
print(task.run("builder", "echo @limit@ > /proc/sys/user/max_@type@_namespaces"))
