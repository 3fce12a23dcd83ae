# not yet: the processes that you may look at: wanted sleep @first@ and sleep @second@; found sleep @first@
# The helper is made in the block, and ends with it.
import os

import nslab

pod = nslab.Sandbox(uts=True, hostname="@name@")
service = pod.clone(os.execvp, nslab.CLONE_NEWIPC, args=("sleep", ["sleep", "@first@"]))
with pod.clone(os.execvp, nslab.CLONE_NEWIPC, args=("sleep", ["sleep", "@second@"])):
    pass
