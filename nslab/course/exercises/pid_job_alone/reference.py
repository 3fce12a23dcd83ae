import os

import nslab

job = nslab.clone(os.execvp, nslab.CLONE_NEWPID, nslab.CLONE_NEWNS, args=("sleep", ["sleep", "@seconds@"]), proc=True)
