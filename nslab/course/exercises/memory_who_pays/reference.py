import os
import signal
import time

with open("@procs@", "w") as f:
    f.write("@worker@")
os.kill(int("@worker@"), signal.SIGUSR1)
while int(next(line.split()[1] for line in open("/proc/@worker@/status") if "RssAnon" in line)) < int("@whole@"):
    time.sleep(0.05)
print("@more@")
