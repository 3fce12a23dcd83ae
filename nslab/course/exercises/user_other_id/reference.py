import os

import nslab

uid, gid = int("@uid@"), int("@gid@")
box = nslab.Sandbox(user=True, uid_map=[(uid, os.getuid(), 1)], gid_map=[(gid, os.getgid(), 1)])
