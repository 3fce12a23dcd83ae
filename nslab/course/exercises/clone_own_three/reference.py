import os

import nslab

flags = [getattr(nslab, name) for name in ("@flag@", "@other@", "CLONE_NEWPID")]
child = nslab.clone(os.execvp, *flags, args=("sleep", ["sleep", "@seconds@"]))
