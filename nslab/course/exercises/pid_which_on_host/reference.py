import os

for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        inside = os.readlink(f"/proc/{pid}/ns/pid") == os.readlink("/proc/@first@/ns/pid")
        numbers = open(f"/proc/{pid}/status").read().partition("NSpid:")[2].partition("\n")[0].split()
    except OSError:
        continue  # it has ended, or is another user's
    if inside and numbers[-1] == "@number@":
        print(pid)
