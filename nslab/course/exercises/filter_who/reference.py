from nslab.linux import process

for pid in "@pids@".split():
    if process.status(pid)["Seccomp"] == "2":
        print(pid)
