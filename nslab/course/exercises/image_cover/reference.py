import subprocess
import sys

for command in (
    "mount --bind /dev/null /proc/interrupts",
    "mount --rbind /proc/sys /proc/sys",
    "mount -o remount,bind,ro,nosuid,nodev,noexec /proc/sys",
):
    subprocess.run([sys.executable, "-m", "nslab", "enter", "image-cover.guest", *command.split()], check=True)
