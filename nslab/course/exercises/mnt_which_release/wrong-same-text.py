# not yet: wanted that of /srv/current
# The text is the same in all of them: the first that does not differ is any of them.
import os

root = "/proc/@web@/root/srv"
wanted = open(f"{root}/current/index.html").read()
same = [name for name in os.listdir(f"{root}/releases") if open(f"{root}/releases/{name}/index.html").read() == wanted]
print(max(same))
