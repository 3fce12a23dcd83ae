import nslab

task = nslab.exercise("caps-after-exec")
bits = task.run("room", "sed -n 's/^CapBnd:.//p' /proc/self/status").stdout
print(int(bits, 16).bit_count() - int("@dropped@") + int("@still@"))
