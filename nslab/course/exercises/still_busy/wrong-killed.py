# not yet: the scene is no longer whole: the sandbox still-busy.@first@
# That lets the disk go, and everybody out who has worked there.
import os
import signal

os.kill(int("@pid_first@"), signal.SIGKILL)
