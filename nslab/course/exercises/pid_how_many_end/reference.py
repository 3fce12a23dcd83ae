import os
import signal
from pathlib import Path


def below(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return 1 + sum(below(child) for child in children)


number = below("@first@")
os.kill(int("@first@"), signal.SIGKILL)
print(number)
