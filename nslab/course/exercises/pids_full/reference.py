for directory in ("@worker@", "@web@", "@shop@", "@site@"):
    with open(directory + "/pids.current") as current, open(directory + "/pids.max") as most:
        if current.read() == most.read():
            print(directory.rpartition("-")[2])
