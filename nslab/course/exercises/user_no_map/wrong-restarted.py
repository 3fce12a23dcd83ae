# not yet: the scene is no longer whole: the process @service@ (service) has ended
# It was not to be restarted.
import os
import signal
import subprocess

os.kill(int("@service@"), signal.SIGKILL)
subprocess.Popen(["unshare", "--user", "--map-user=@uid@", "--map-group=@gid@", "sleep", "600"])
