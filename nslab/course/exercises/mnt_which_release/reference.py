import os

root = "/proc/@web@/root/srv"
for name in os.listdir(f"{root}/releases"):
    if os.path.samefile(f"{root}/releases/{name}", f"{root}/current"):
        print(name)
