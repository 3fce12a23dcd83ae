# not yet: the least limit on pids from the cgroup
# A fork bomb needs little memory.
import os

import nslab

group = nslab.Cgroup("memory", memory_max=64 << 20)
job = group.clone(os.execvp, args=("sleep", ["sleep", "@seconds@"]))
