import nslab

task = nslab.exercise("uts-root-refused")
print(task.run("outer", "hostname @new@"))
