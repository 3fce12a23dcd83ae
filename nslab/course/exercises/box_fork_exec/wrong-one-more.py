# not yet: 1 more, such as LOGNAME
# A user's name is the machine's, too.
import subprocess

bare = {"PATH": "/usr/bin:/bin", "HOME": "/root", "TERM": "xterm", "LOGNAME": "anna"}
subprocess.Popen(["sleep", "@seconds@"], env=bare)
