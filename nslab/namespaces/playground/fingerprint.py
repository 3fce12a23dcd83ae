"""What the eight namespace types make separate, as a process reads it; and how two readings compare.

`read` runs inside, in a process of its own: it answers in JSON, as that crosses fastest.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nslab.linux import cgroupfs, clocks, files, mountinfo, uts

ROWS = {
    "hostname": "uts",
    "IPC objects": "ipc",
    "pids seen": "pid",
    "interfaces": "net",
    "mounts": "mnt",
    "users (uid_map)": "user",
    "cgroup root": "cgroup",
    "clock since boot": "time",
}
"""What is read → the type of namespace that separates it."""
WIDEST = 14
"""Characters of a value: three sandboxes have to fit beside the host."""
OWN, COPY, OLD_PROC = "separate", "copy", "separate, old /proc"


@dataclass(frozen=True)
class Cell:
    """One resource of one place: its `value` for a reader, and `word`, which is "" where it is the host's own."""

    value: str
    word: str = ""

    @property
    def separate(self) -> bool:
        """Whether the place has a namespace of its own for it."""
        return bool(self.word)


def read() -> str:
    """Read all resources from where this process is: name → [value, what tells it from another place's]."""
    return json.dumps({name: _answer(look) for name, look in _LOOKS.items()})


def compare(host: Mapping[str, Any], there: Mapping[str, Any], host_ns: Mapping[str, int],
            ns: Mapping[str, int]) -> dict[str, Cell]:  # fmt: skip
    """The cells of one place, from two readings and the inodes in /proc/PID/ns of both.

    The inode tells whether the namespace is another; what was read tells whether it shows.
    """
    cells = {}
    for name, kind in ROWS.items():
        value, mark = there[name]
        word = ""
        if ns.get(kind) != host_ns.get(kind):
            word = OWN if mark != host[name][1] else OLD_PROC if kind == "pid" else COPY
        cells[name] = Cell(_short(str(value)), word)
    return cells


def _answer(look: Callable[[], list[Any]]) -> list[Any]:
    # Someone inside may have unmounted what is read here.
    try:
        return look()
    except (OSError, ValueError) as e:
        return [type(e).__name__, None]


def _short(text: str) -> str:
    if len(text) <= WIDEST:
        return text
    return "…" + text[1 - WIDEST :] if text.startswith("/") else text[: WIDEST - 1] + "…"


def _hostname() -> list[Any]:
    return [uts.hostname()] * 2


def _objects() -> list[Any]:
    found = {kind: files.read(f"/proc/sysvipc/{kind}").splitlines()[1:] for kind in ("msg", "sem", "shm")}
    counts = ", ".join(f"{len(lines)} {kind}" for kind, lines in found.items() if lines)
    return [counts or "none", [line.split()[:2] for lines in found.values() for line in lines]]


def _pids() -> list[Any]:
    # A new /proc is another filesystem; the old one goes on to show whom its mounter sees.
    seen = sum(name.isdigit() for name in os.listdir("/proc"))
    return [str(seen), os.stat("/proc").st_dev]


def _interfaces() -> list[Any]:
    names = sorted((name for _, name in socket.if_nameindex()), key=lambda name: (name != "lo", name))
    shown = ", ".join(names) if len(names) < 3 else f"{names[0]}, +{len(names) - 1} more"
    return [shown or "none", names]


def _mounts() -> list[Any]:
    mounts = mountinfo.mounts()
    return [str(len(mounts)), [[mount.device, mount.root, mount.point] for mount in mounts]]


def _uid_map() -> list[Any]:
    lines = [" ".join(line.split()) for line in files.read("/proc/self/uid_map").splitlines()]
    return [", ".join(lines) or "nobody", lines]


def _cgroup() -> list[Any]:
    paths = cgroupfs.paths()
    below = {name: path for name, path in paths.items() if path != "/"}
    return [below[min(below)] if below else "/", paths]


def _clock() -> list[Any]:
    # Two clocks never read the same: the offset tells whether they are.
    minutes = int(clocks.read("boottime") // 60)
    told = f"{minutes // 1440} d {minutes // 60 % 24}:{minutes % 60:02}"
    try:
        return [told, files.read("/proc/self/timens_offsets").split()]
    except FileNotFoundError:
        return [told, []]


_LOOKS: dict[str, Callable[[], list[Any]]] = {
    "hostname": _hostname,
    "IPC objects": _objects,
    "pids seen": _pids,
    "interfaces": _interfaces,
    "mounts": _mounts,
    "users (uid_map)": _uid_map,
    "cgroup root": _cgroup,
    "clock since boot": _clock,
}
