"""Check what a caller wants of a new process, before anything is made."""

from __future__ import annotations

import os
import re
from functools import cache
from typing import Any

from nslab.errors import checked_choice, checked_number
from nslab.lab.server.prepare import Setup
from nslab.linux import clocks, ns, process, timens
from nslab.linux.flags import FLAGS, CloneFlag, combine
from nslab.linux.idmap import checked_map

OPTIONS: dict[str, CloneFlag] = {
    "uid_map": CloneFlag.CLONE_NEWUSER,
    "gid_map": CloneFlag.CLONE_NEWUSER,
    "setgroups": CloneFlag.CLONE_NEWUSER,
    "propagation": CloneFlag.CLONE_NEWNS,
    "proc": CloneFlag.CLONE_NEWNS,
    "lo": CloneFlag.CLONE_NEWNET,
    "hostname": CloneFlag.CLONE_NEWUTS,
    "domainname": CloneFlag.CLONE_NEWUTS,
    "monotonic": CloneFlag.CLONE_NEWTIME,
    "boottime": CloneFlag.CLONE_NEWTIME,
}
"""Option → the flag without which it would change the host, or nothing."""

PROPAGATIONS = ["private", "slave", "shared", "unchanged"]
_FARTHEST = 3_000_000_000.0


def checked_setup(flags: tuple[CloneFlag, ...], options: dict[str, Any], sandbox: bool = False) -> Setup:
    """Return the Setup for these flags and options; those of a `sandbox` name its flags, too.

    Raises TypeError for an unknown option or a value of the wrong type, ValueError for a value that is not
    allowed or goes without its flag, `nslab.Unsupported` for a namespace type that this kernel does not have.
    """
    combined = combine(flags)
    given = {key: value for key, value in options.items() if value is not None}
    for key, value in given.items():
        if key not in OPTIONS:
            known = ", ".join([*FLAGS, "name", *OPTIONS] if sandbox else OPTIONS)
            raise TypeError(f"{key}={value!r}: there is no such option; choose from {known}")
        given[key] = _CHECKS[key](key, value)
        needs = OPTIONS[key]
        # An ordinary user gets CLONE_NEWUSER added, so he may give maps without naming that flag.
        added = needs == CloneFlag.CLONE_NEWUSER and combined and not process.has_capability(process.CAP_SYS_ADMIN)
        if needs & ~combined and not added:
            raise ValueError(
                f"{key}={value!r} needs the flag {needs}: without it the host itself would change, or nothing"
            )
    _check_available(combined)
    return Setup(flags=int(combined), cwd=process.working_directory(), **given)


def checked_hostname(name: str, value: Any) -> str:
    """Return a host or domain name of 1 to 64 bytes (sethostname(2)). Raises TypeError, ValueError naming it."""
    if not isinstance(value, str):
        raise TypeError(f"{name}={value!r}: give a string of 1 to 64 letters, digits, '-', '_' and '.'")
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", value):
        raise ValueError(f"{name}={value!r}: give 1 to 64 letters, digits, '-', '_' and '.'")
    return str(value)


@cache
def _all_there_are() -> int:
    return sum(FLAGS[kind] for kind in ns.available())


def _check_available(flags: CloneFlag) -> None:
    missing = int(flags) & ~_all_there_are()
    if missing:
        from nslab.errors import Unsupported

        kinds = CloneFlag(missing).types
        raise Unsupported(
            f"the namespace type {', '.join(kinds)}",
            f"the kernel {os.uname().release} has no /proc/self/ns/{kinds[0]}",
            f"use a kernel with {' '.join(ns.OPTIONS[kind] for kind in kinds)} (vagrant up gives one)",
        )


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name}={value!r}: give True or False")
    return value


def _seconds(name: str, value: Any) -> float:
    seconds = float(checked_number(name, value, -_FARTHEST, _FARTHEST, "s"))
    # Offsets are against the machine's own clocks, and none may be before 0 (time_namespaces(7), ERANGE).
    if seconds < 0 and (stands := clocks.read(name) - timens.offset(name)) + seconds < 0:
        raise ValueError(
            f"{name}={value!r}: the machine's clock stands at {stands:.0f} s, and none may be below zero: give "
            f"{-int(stands)} or more"
        )
    return seconds


_CHECKS: dict[str, Any] = {
    "uid_map": checked_map,
    "gid_map": checked_map,
    "setgroups": lambda name, value: checked_choice(name, value, ["allow", "deny"]),
    "propagation": lambda name, value: checked_choice(name, value, PROPAGATIONS),
    "proc": _flag,
    "lo": _flag,
    "hostname": checked_hostname,
    "domainname": checked_hostname,
    "monotonic": _seconds,
    "boottime": _seconds,
}
