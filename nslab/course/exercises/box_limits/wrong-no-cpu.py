# not yet: the least limit on CPU from the cgroup
# Two of three.
import os

import nslab

group = nslab.Cgroup("memory", "pids", memory_max=64 << 20, pids_max=20)
job = group.clone(os.execvp, args=("sleep", ["sleep", "@seconds@"]))
