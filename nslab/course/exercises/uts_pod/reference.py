import os

import nslab

pod = nslab.Sandbox(uts=True, hostname="@name@")
programs = [
    pod.clone(os.execvp, nslab.CLONE_NEWIPC, args=("sleep", ["sleep", seconds])) for seconds in ("@first@", "@second@")
]
