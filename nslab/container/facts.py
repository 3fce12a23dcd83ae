"""What a process has of a container, as the kernel says it from outside: the same questions for every runtime's."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import Any

from nslab.cgroups.core.existing import group_of
from nslab.container import calls, probe, profile
from nslab.errors import Unsupported
from nslab.lab.client.host import host
from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import capsets, cgroupfs, files, mountinfo, ns, process, rlimits

CALLS = "system calls"
"""The group of what fifty system calls get."""
ASKED = "asked"
"""The fact of that group that says whether they could be asked, or why not."""
NOT_ASKED = "not asked"
SECCOMP = {"0": "none", "1": "strict", "2": "a filter"}
"""Seccomp in /proc/PID/status → what that means (proc_pid_status(5))."""
GROUPS = (
    "namespaces",
    "ids",
    "capabilities",
    "privileges",
    "root",
    "mounts",
    "masked",
    "limits",
    "cgroup",
    "environment",
    CALLS,
)
"""The groups of facts, in the order in which they are shown."""


def of(pid: int, known: Sequence[bytes] | None = None) -> dict[str, dict[str, Any]]:
    """Group → fact → value of a process; `known` are its filters, where somebody knows them (see probe.py).

    Raises ProcessLookupError for none, PermissionError for another's.
    """
    if not os.path.exists(f"/proc/{pid}"):
        raise ProcessLookupError(f"pid={pid}: there is no such process")
    try:
        found = _of(pid)
    except PermissionError as e:
        why = "another user's, or has a capability that this process lacks (ptrace(2), access mode checking)"
        raise PermissionError(e.errno, f"pid={pid}: it may not be looked at: it is {why}") from e
    return {**found, CALLS: _calls(pid, known)}


def _calls(pid: int, known: Sequence[bytes] | None) -> dict[str, str]:
    """What each call gets, or that it was not asked; in the latter case the first line says why."""
    try:
        answers: dict[str, str] = host().call(probe.ask, pid, known, stream=False)
    except (FileNotFoundError, ProcessLookupError) as e:
        raise ProcessLookupError(f"pid={pid}: it has ended meanwhile") from e
    except Unsupported as e:
        return {ASKED: e.why, **dict.fromkeys((call.key for call in calls.CALLS), NOT_ASKED)}
    return {ASKED: "yes", **answers}


def _of(pid: int) -> dict[str, dict[str, Any]]:
    status = process.status(pid)
    mounts = mountinfo.mounts(pid)
    return {
        "namespaces": dict(_namespaces(pid)),
        "ids": {"uid": status["Uid"].split()[1], "gid": status["Gid"].split()[1], "groups": status["Groups"].strip(),
                "uid_map": _lines(pid, "uid_map"), "gid_map": _lines(pid, "gid_map"),
                "setgroups": _text(pid, "setgroups")},
        "capabilities": {name: sorted(each) for name, each in capsets.of(pid)._asdict().items()},
        "privileges": {"seccomp": SECCOMP.get(status.get("Seccomp", "0"), "?"),
                       "filters": status.get("Seccomp_filters", "?"),
                       "no_new_privs": status.get("NoNewPrivs") == "1"},
        "root": dict(_root(mounts)),
        "mounts": {each.point: f"{each.fstype} {','.join(sorted(each.options.split(',')))}" for each in _own(mounts)},
        "masked": {path: _covered(path, mounts) for path in (*profile.MASKED, *profile.READ_ONLY)},
        "limits": {**dict(_limits(pid)), "oom_score_adj": _text(pid, "oom_score_adj")},
        "cgroup": dict(_cgroup(pid)),
        "environment": dict(_environment(pid)),
    }  # fmt: skip


def _namespaces(pid: int) -> Iterator[tuple[str, str]]:
    for kind, inode in ns.inodes(pid).items():
        whose = "the machine's" if inode == ns.inode(kind) else "its own"
        yield kind, f"{whose}: {kind}:[{inode}]"


def _text(pid: int, name: str) -> str:
    try:
        return files.read(f"/proc/{pid}/{name}").strip()
    except FileNotFoundError:
        return "–"


def _lines(pid: int, name: str) -> list[str]:
    return [" ".join(line.split()) for line in files.read(f"/proc/{pid}/{name}").splitlines()]


def _root(mounts: list[mountinfo.Mount]) -> Iterator[tuple[str, object]]:
    root = next((each for each in reversed(mounts) if each.point == "/"), None)
    yield "file system", root.fstype if root else "?"
    yield "read-only", bool(root and "ro" in root.options.split(","))


def _own(mounts: list[mountinfo.Mount]) -> list[mountinfo.Mount]:
    """The mounts but for the root and what covers a path."""
    return [each for each in mounts if each.point != "/" and each.point not in (*profile.MASKED, *profile.READ_ONLY)]


def _covered(path: str, mounts: list[mountinfo.Mount]) -> str:
    mounted = next((each for each in reversed(mounts) if each.point == path), None)
    if mounted is None:
        return "as it is"
    if mounted.fstype == "proc" or (mounted.fstype == "sysfs" and path.startswith("/sys")):
        return "read-only" if "ro" in mounted.options.split(",") else "writable"
    return "covered"


def _limits(pid: int) -> Iterator[tuple[str, str]]:
    for name, both in rlimits.of(pid).items():
        yield name, " / ".join("unlimited" if each is None else str(each) for each in both)


def _cgroup(pid: int) -> Iterator[tuple[str, object]]:
    """Its path in each hierarchy, and the least limit on the way up from there; None where there is none."""
    for hierarchy, path in cgroupfs.paths(pid).items():
        # An experiment's own, which comes and goes while processes are compared, and is no container's.
        if hierarchy.startswith(f"name={cgroup_cleanup.PREFIX}"):
            continue
        yield hierarchy or "unified", path
    for subsystem, name in (("memory", "memory_max"), ("pids", "pids_max"), ("cpu", "quota")):
        # It is mounted nowhere here: then nothing of it holds, either.
        with contextlib.suppress(ValueError):
            yield name, group_of(pid, subsystem).least(subsystem, name)


def _environment(pid: int) -> Iterator[tuple[str, str]]:
    # Names alone: values may be somebody's secrets.
    for each in files.read(f"/proc/{pid}/environ").split("\0"):
        name, _, _ = each.partition("=")
        if name:
            yield name, "set"
