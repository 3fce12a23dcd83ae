import os
import signal
from pathlib import Path

for first in ("@web@", "@queue@", "@mail@"):
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    if any(") Z " in Path(f"/proc/{child}/stat").read_text() for child in children):
        os.kill(int(first), signal.SIGKILL)
