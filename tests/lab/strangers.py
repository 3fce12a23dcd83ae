"""Two hundred processes that nslab did not make, a living session beside them, and nslab in a namespace of its own.

Run as `python -m tests.lab.strangers KIND,… COMMAND,…` as the first process of a pid namespace with its own /proc, so
that no process of the machine can be met. Prints a line of JSON for each kind: what came of them all.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import ExitStack

STRANGERS = 200
ROOT = "/tmp/nslab-strangers"
"""Where the chroot(2) is; a directory of the mount namespace that this runs in."""
KINDS = {
    "pid": ["unshare", "--pid", "--fork", "--kill-child"],
    "pid-proc": ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"],
    "user": ["unshare", "--user", "--map-root-user"],
    "user-pid": ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"],
    "user-pid-proc": ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"],
    "time": ["unshare", "--time", "--boottime", "86400", "--monotonic", "3600", "--fork", "--kill-child"],
    "time-pid": ["unshare", "--time", "--boottime", "86400", "--fork", "--kill-child", "--pid"],
    "mnt": ["unshare", "--mount", "--uts", "--ipc", "--net", "--cgroup"],
    "no-proc": ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"],
    "chroot": ["unshare", "--mount", "sh", "-c", f'mount --rbind / {ROOT} && exec chroot {ROOT} "$@"', "sh"],
    "other-user": ["setpriv", "--reuid=1235", "--regid=1235", "--clear-groups"],
}
"""How another process comes to see the same processes otherwise."""
OF_CGROUPS = {"pid", "pid-proc", "user-pid-proc", "mnt", "other-user"}
"""Those of them in which a cgroup's files, or who may use them, are others: where only cgroups are of interest."""
NSLAB = [sys.executable, "-m", "nslab"]
GROUP = """
import time, nslab
try:
    with nslab.Cgroup("pids") as group:
        child = group.clone(time.sleep, args=(60,), stream=False)
        group.kill()
        print(child.wait(30))
except nslab.Unsupported as e:
    print(e)
    raise SystemExit(69)
"""
DONE = {
    "clean": [*NSLAB, "clean"],
    "demo": [*NSLAB, "demo", "pid", "--only", "signals", "--only", "killing"],
    "group": [sys.executable, "-c", GROUP],
}
"""What is done there; a demo that has no cgroup is left out where only cgroups are of interest."""


def main(kinds: list[str], commands: list[str]) -> None:
    strangers = [_sleeping() for _ in range(STRANGERS)]
    held = select.poll()
    for pid in strangers:
        held.register(os.pidfd_open(pid), select.POLLIN)
    # Loaded here alone, so that the strangers are small.
    import nslab

    os.makedirs(ROOT, exist_ok=True)
    with ExitStack() as stack:
        box = stack.enter_context(nslab.Sandbox(uts=True, hostname="lives", name="beside-strangers"))
        sleeper = box.clone(time.sleep, args=(600,), stream=False)
        group = _group(stack)
        for kind in kinds:
            said = {name: _said([*KINDS[kind], *command]) for name in commands for command in [DONE[name]]}
            lives = box.run("hostname").stdout, sleeper.alive, group.run("echo yes").stdout if group else "none"
            print(json.dumps({"kind": kind, "said": said, "killed": len(held.poll(0)), "lives": lives}), flush=True)
    for pid in strangers:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _said(command: list[str]) -> tuple[int, str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout[-2000:] + done.stderr[-2000:]


def _group(stack: ExitStack):
    import nslab

    try:
        group = stack.enter_context(nslab.Cgroup("pids", name="beside"))
    except nslab.Unsupported:
        return None
    stack.enter_context(group.clone(time.sleep, args=(600,), stream=False))
    return group


def _sleeping() -> int:
    pid = os.fork()
    if pid == 0:
        while True:
            signal.pause()
    return pid


if __name__ == "__main__":
    main(*(words.split(",") for words in sys.argv[1:]))
