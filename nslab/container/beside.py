"""The same root in our container and in those of the runtimes that are installed, at the same time: to be compared.

The runtimes run in a sandbox with a mount namespace of its own. What they mount (podman: its storage) and what they
leave running ends with it, also after a kill -9 of nslab; their cgroups are found by the session's name. As an ordinary
user only ours is started: theirs need cgroups that are delegated.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nslab.container.container import Container
from nslab.container.spec import checked_rootfs
from nslab.lab.client.host import host
from nslab.lab.client.place import Completed
from nslab.lab.client.sandbox import Sandbox
from nslab.lab.power import privilege
from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import cgroupfs, process

STAY = ["sleep", "120"]
"""What all of them run; they are ended long before."""
PATIENCE = 30
"""Seconds for a runtime to start or to remove a container."""
RUNTIMES = ("runc", "crun", "podman")


@dataclass
class Beside:
    """Who runs: name → process and → seconds from the call to the program; `missing`: name → why it does not."""

    pids: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        runs = [f"{name}: process {pid}, after {self.seconds[name]:.2f} s" for name, pid in self.pids.items()]
        return "\n".join([*runs, *(f"{name}: not here: {why}" for name, why in self.missing.items())])


@contextlib.contextmanager
def beside(rootfs: str | os.PathLike[str]) -> Iterator[Beside]:
    """Run a sleeping program in a root file system by nslab and by each runtime that runs here; all end with the block.

    Raises as `nslab.Container` does for a root that is none.
    """
    root = checked_rootfs(rootfs)
    found = Beside()
    with contextlib.ExitStack() as end:
        ours = Container(root)
        # nslab's own servers start with the first one, and not with each.
        ours.run([STAY[0], "0"])
        began = time.monotonic()
        child = end.enter_context(ours.start(STAY, stream=False))
        _note(found, "nslab", child.pid, began)
        # The keeper removes what lies below it, if this process does not live to do so.
        group = f"{cgroup_cleanup.directory_name(host().session)}/beside"
        box = end.enter_context(Sandbox(mnt=True))
        # What they write down of their containers lies in memory there, and goes with the sandbox. Podman takes no path
        # of more than 50 characters.
        top = Path("/media" if root.startswith("/mnt") else "/mnt")
        box.run(f"mount -t tmpfs -o mode=0700 nslab {top}")
        for name in RUNTIMES:
            why = _why_not(name)
            if not why:
                end.callback(_removed, group)
                start, remove = (_podman if name == "podman" else _bundle)(box, name, root, top, group)
                end.callback(box.run, remove, timeout=PATIENCE)
                began = time.monotonic()
                pid, why = start()
                if pid:
                    _note(found, name, pid, began)
            if why:
                found.missing[name] = why
        yield found


def _why_not(name: str) -> str:
    if not shutil.which(name):
        return f"sudo apt-get install {name}"
    return "" if privilege.rules_the_machine("CAP_SYS_ADMIN") else "its containers need root here, or delegated cgroups"


def _note(found: Beside, name: str, pid: int, began: float) -> None:
    # Until then it is the runtime itself, which prepares the container.
    cgroup_cleanup.wait_until(lambda: process.arguments(pid)[:1] == STAY[:1], PATIENCE)
    found.pids[name], found.seconds[name] = pid, time.monotonic() - began


Start = Callable[[], tuple[int, str]]
"""Starts a container: its first process, or 0 and why there is none."""


def _bundle(box: Sandbox, runtime: str, root: str, top: Path, group: str) -> tuple[Start, list[str]]:
    """A bundle as the runtime itself writes it, with this root and command."""
    directory, name = top / runtime, f"nslab-{runtime}-{os.getpid()}"
    at = [runtime, "--root", str(top / f"{runtime}-state")]
    config_file, pid_file = (_seen(box, directory) / each for each in ("config.json", "pid"))

    def start() -> tuple[int, str]:
        done = _ran(box, [*at, "spec"], directory)
        if done.status:
            return 0, _last(done)
        config = json.loads(config_file.read_text(encoding="utf-8"))
        config["process"] |= {"args": STAY, "terminal": False}
        config["root"] = {"path": root, "readonly": True}
        config["linux"]["cgroupsPath"] = f"/{group}-{runtime}"
        config_file.write_text(json.dumps(config), encoding="utf-8")
        done = _ran(box, [*at, "run", "--detach", "--pid-file", "pid", name], directory)
        return (0, _last(done)) if done.status else (int(pid_file.read_text(encoding="utf-8")), "")

    return start, [*at, "delete", "--force", name]


def _podman(box: Sandbox, runtime: str, root: str, top: Path, group: str) -> tuple[Start, list[str]]:
    """Podman by runc, with cgroups that it makes itself: this runs on machines with v1, v2 or both."""
    name = f"nslab-{runtime}-{os.getpid()}"
    storage = ["--root", str(top / "storage"), "--runroot", str(top / "run")]
    storage += ["--runtime-flag", f"root={top}/podman-state"]
    at = [runtime, "--runtime", "runc", "--cgroup-manager=cgroupfs", *storage]

    def start() -> tuple[int, str]:
        # Its own limits are more than some machines allow.
        limits = ["--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024", "--network=none"]
        where = ["--name", name, f"--cgroup-parent=/{group}-{runtime}", "--rootfs", f"{root}:O"]
        done = _ran(box, [*at, "run", "--detach", *limits, *where, *STAY], top)
        if done.status:
            return 0, _last(done)
        told: Any = json.loads(_ran(box, [*at, "inspect", "--type", "container", name], top).stdout)
        return int(told[0]["State"]["Pid"]), ""

    return start, [*at, "rm", "--force", "--time", "0", name]


def _ran(box: Sandbox, command: list[str], directory: Path) -> Completed:
    """Run it with files for what it writes: a program that it leaves running would hold a pipe open."""
    where = shlex.quote(str(directory))
    into = f"mkdir -p {where} && cd {where} && {shlex.join(command)} </dev/null >out 2>said"
    done = box.run(into, timeout=PATIENCE)
    out, said = ((_seen(box, directory) / name).read_text(encoding="utf-8") for name in ("out", "said"))
    return Completed(out, said, done.status)


def _seen(box: Sandbox, directory: Path) -> Path:
    """A directory of the sandbox's, as it is reached from here."""
    return Path(f"/proc/{box.pid}/root{directory}")


def _last(done: Completed) -> str:
    lines = done.stderr.strip().splitlines()
    return lines[-1] if lines else f"it ended with status {done.status}"


def _removed(group: str) -> None:
    """Remove the cgroups that runtimes have made for these containers, and leave empty."""
    top = os.path.dirname(group)
    for point in cgroupfs.mount_points().values():
        for runtime in RUNTIMES:
            if os.path.isdir(f"{point}/{group}-{runtime}"):
                cgroup_cleanup.remove(f"{point}/{group}-{runtime}")
        with contextlib.suppress(OSError):  # it has others of this session's in it, or is not there
            cgroupfs.remove(f"{point}/{top}")
