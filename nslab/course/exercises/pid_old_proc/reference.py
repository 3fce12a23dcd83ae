import nslab

nslab.exercise("pid-old-proc").run("web", "mount -t proc proc /proc")
