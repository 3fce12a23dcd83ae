"""What of this machine can spoil a talk. Each look is handed what it looks at, returns a check, and changes nothing."""

from __future__ import annotations

import ast
import contextlib
import re
import shutil
import socket
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from nslab.errors import Unsupported
from nslab.lab.doctor import Check

UPDATERS = frozenset({
    "apt", "apt-get", "aptitude", "dpkg", "unattended-upgr", "packagekitd", "dnf", "dnf5", "yum", "rpm", "zypper",
    "pacman", "fwupdmgr",
})  # fmt: skip
"""Programs that install, as /proc/PID/comm has their names (of 15 bytes). Daemons that wait for work are not among
them, but for packagekitd, which ends when it has none."""
NEEDED, WANTED = 50 << 20, 500 << 20
"""Bytes free: less than the first and nothing can be kept; less than the second and a slide that writes may fail."""
QUIET = 0.25
"""Of all CPUs: what may be used by others while shares are shown."""


def battery(supplies: Path = Path("/sys/class/power_supply")) -> Check:
    """Whether the machine runs on its battery. Source: sysfs-class-power."""
    for each in sorted(supplies.glob("*")):
        # It was unplugged meanwhile, or tells no such thing.
        with contextlib.suppress(OSError):
            if (each / "type").read_text().strip() != "Battery":
                continue
            if (each / "status").read_text().strip() == "Discharging":
                left = (each / "capacity").read_text().strip()
                return Check("power", "warn", f"on battery, {left} % left: a CPU may be slowed down", "plug it in")
    return Check("power", "ok", "not on battery")


def screens(outputs: Path = Path("/sys/class/drm")) -> Check:
    """Whether screens of different sizes are plugged in: where they show the same, it is cut or scaled on one of them.

    Source: drivers/gpu/drm/drm_sysfs.c, whose `modes` has a screen's preferred size in its first line.
    """
    sizes = {}
    for each in sorted(outputs.glob("card*-*")):
        # It was unplugged meanwhile, or is no output.
        with contextlib.suppress(OSError):
            if (each / "status").read_text().strip() == "connected":
                sizes[each.name.partition("-")[2]] = ((each / "modes").read_text().split() or ["size unknown"])[0]
    seen = ", ".join(f"{name} {size}" for name, size in sizes.items())
    if len(set(sizes.values())) > 1:
        return Check("screens", "warn", f"{seen}: mirrored, one of them is cut or scaled",
                     "extend the desktop in place of mirroring it, or give both one size")  # fmt: skip
    return Check("screens", "ok", seen or "this machine has none of its own")


def load(busy: float, who: str) -> Check:
    """Whether others use the CPUs: `busy` of all of them, from 0 to 1, and the name of the busiest process."""
    if busy > QUIET:
        return Check("other load", "warn", f"{busy:.0%} of the CPUs are in use, most by {who}: shares will be blurred",
                     f"end {who}, or wait for it")  # fmt: skip
    return Check("other load", "ok", f"{busy:.0%} of the CPUs are in use")


def measured_load(seconds: float = 1.0) -> tuple[float, str]:
    """How busy the CPUs are, from 0 to 1, over some seconds, and the name of the process that uses most."""
    import psutil

    def times() -> dict[tuple[int, str], float]:
        found = {}
        for p in psutil.process_iter():
            # It has ended meanwhile, or may not be asked.
            with contextlib.suppress(psutil.Error):
                found[p.pid, p.name()] = sum(p.cpu_times()[:2])
        return found

    before = times()
    busy = psutil.cpu_percent(interval=seconds) / 100
    used = {who: spent - before[who] for who, spent in times().items() if who in before}
    return busy, max(used, key=lambda who: used[who], default=(0, "nobody"))[1]


def running() -> list[str]:
    """The names of all processes, as /proc/PID/comm has them (proc_pid_comm(5))."""
    found = []
    for each in Path("/proc").glob("[0-9]*/comm"):
        # It has ended meanwhile.
        with contextlib.suppress(OSError):
            found.append(each.read_text().strip())
    return found


def updates(names: Iterable[str]) -> Check:
    """Whether something is being installed, among the processes of these names."""
    found = sorted(UPDATERS & set(names))
    if found:
        return Check("updates", "warn", f"{', '.join(found)} runs: it takes the CPUs and the disk", "let it end first")
    return Check("updates", "ok", "none runs")


def port(number: int) -> Check:
    """Whether JupyterLab can have the port that it is started with."""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", number))
        except OSError as e:
            return Check("port", "warn", f"{number} cannot be had ({e.strerror}): the next free one will be taken",
                         f"ss -ltnp 'sport = {number}'   tells who has it")  # fmt: skip
    return Check("port", "ok", f"{number} is free")


def disk(directories: Sequence[Path]) -> Check:
    """Whether there is room where a talk keeps its outputs, and where its cells write."""
    free = {where: shutil.disk_usage(where).free for where in directories}
    tight = min(free, key=lambda where: free[where])
    seen = f"{free[tight] >> 20} MiB free in {tight}"
    if free[tight] < NEEDED:
        return Check("disk", "fail", f"{seen}: nothing can be kept", f"make room: df -h {tight}")
    if free[tight] < WANTED:
        return Check("disk", "warn", seen, f"make room: df -h {tight}")
    return Check("disk", "ok", seen)


def compiler(sources: Iterable[str], path: str | None = None) -> Check:
    """Whether cells in C can be compiled, where a talk has any."""
    if not any(source.startswith("%%c\n") for source in sources):
        return Check("compiler", "ok", "no slide needs one")
    found = shutil.which("cc", path=path)
    if found is None:
        return Check("compiler", "fail", "a slide is in C, and there is no cc", "sudo apt-get install gcc libc6-dev")
    return Check("compiler", "ok", found)


def clock(now: float, files: Iterable[Path]) -> Check:
    """Whether the clock is behind: nothing was written in the future."""
    newest = max((file.stat().st_mtime for file in files), default=0.0)
    seen = time.strftime("%Y-%m-%d %H:%M", time.localtime(now))
    if now < newest - 60:
        written = time.strftime("%Y-%m-%d %H:%M", time.localtime(newest))
        return Check("clock", "fail", f"{seen}, but a file of the talk was written at {written}",
                     "sudo timedatectl set-ntp true   (or: sudo date --set …)")  # fmt: skip
    return Check("clock", "ok", seen)


def cgroups(sources: Iterable[str]) -> Check:
    """Whether groups of the subsystems that a talk shows can be made here."""
    from nslab.cgroups.core.location import where

    wanted = sorted(_subsystems(sources))
    missing = []
    for subsystem in wanted:
        try:
            where(subsystem)
        except Unsupported as e:
            missing.append((subsystem, e))
    if missing:
        first = missing[0][1]
        seen = f"no groups of {', '.join(name for name, _ in missing)} for this user: {first.why}"
        return Check("cgroups", "warn", f"{seen}; what says on='auto' takes some seconds more", first.mend)
    return Check("cgroups", "ok", f"{', '.join(wanted)} can be had" if wanted else "no slide needs one")


def _subsystems(sources: Iterable[str]) -> set[str]:
    from nslab.catalogue import catalogue

    found: set[str] = set()
    for source in sources:
        for said in re.findall(r"from nslab\.cgroups import ([\w, ]+)", source):
            found |= {name.strip() for name in said.split(",")}
    return found & set(catalogue("nslab.cgroups"))


def sandboxes(sources: Iterable[str], taken: Iterable[str]) -> Check:
    """Whether the names that a talk gives to sandboxes are free; `taken` are those of other sessions."""
    wanted = set()
    for source in sources:
        wanted |= _names(source)
    both = sorted(wanted & set(taken))
    if both:
        return Check("sandboxes", "fail", f"another session has one called {', '.join(both)}",
                     "nslab ps   tells its process; end its notebook")  # fmt: skip
    return Check("sandboxes", "ok", f"{', '.join(sorted(wanted))}: free" if wanted else "no slide names one")


def _names(source: str) -> set[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return set()  # a cell magic, whose text is no Python
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    given = (keyword for call in calls for keyword in call.keywords if keyword.arg == "name")
    return {k.value.value for k in given if isinstance(k.value, ast.Constant) and isinstance(k.value.value, str)}


def extensions(directories: Iterable[str], stage: Path) -> Check:
    """Whether JupyterLab will find what draws the slides and the panels, in these directories of extensions."""
    wanted = {"@jupyter-widgets/jupyterlab-manager": "jupyterlab_widgets", "anywidget": "anywidget"}
    missing = {
        name: package
        for name, package in wanted.items()
        if not any((Path(where) / name / "package.json").is_file() for where in directories)
    }
    if not (stage / "package.json").is_file():
        return Check("extensions", "fail", f"nslab-stage is missing: {stage}", "pip install --force-reinstall nslab")
    if missing:
        return Check("extensions", "fail", f"JupyterLab lacks {', '.join(missing)}: panels will not be drawn",
                     f"pip install --force-reinstall {' '.join(missing.values())}")  # fmt: skip
    return Check("extensions", "ok", "slides and panels")
