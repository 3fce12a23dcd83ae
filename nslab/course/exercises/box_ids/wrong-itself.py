# not yet: wanted 0 and 0; found 65534 and 0
# A group is mapped, a user is not.
import subprocess
import os
import time

job = subprocess.Popen(["unshare", "--user", "sleep", "@seconds@"])
while os.readlink(f"/proc/{job.pid}/ns/user") == os.readlink("/proc/self/ns/user"):
    time.sleep(0.01)
open(f"/proc/{job.pid}/setgroups", "w").write("deny")
open(f"/proc/{job.pid}/gid_map", "w").write(f"0 {os.getegid()} 1")
