"""Limits of a process: getrlimit(2), setrlimit(2), prlimit(2)."""

from __future__ import annotations

import contextlib
import resource

from nslab.linux import trace

NUMBERS = {
    name.removeprefix("RLIMIT_").lower(): int(getattr(resource, name))
    for name in sorted(dir(resource))
    if name.startswith("RLIMIT_")
}
"""Names of limits, in small letters and without RLIMIT_ → their numbers."""


def limit(name: str, value: int) -> None:
    """Set a limit of this process, the soft and the hard one. Raises PermissionError for more than the hard one without
    CAP_SYS_RESOURCE, ValueError for what the kernel does not take.
    """
    shown = (f"RLIMIT_{name.upper()}", f"{{rlim_cur={value}, rlim_max={value}}}")
    trace.recorded("setrlimit", shown, resource.setrlimit, NUMBERS[name], (value, value))


def of(pid: int) -> dict[str, tuple[int | None, int | None]]:
    """Name → the soft and the hard limit of a process, None for unlimited. Empty for who may not ask (prlimit(2))."""
    found = {}
    # It is another user's, and its limits are not to be had.
    with contextlib.suppress(PermissionError):
        for name, number in NUMBERS.items():
            soft, hard = resource.prlimit(pid, number)
            found[name] = (_limit(soft), _limit(hard))
    return found


def _limit(value: int) -> int | None:
    return None if value == resource.RLIM_INFINITY else value
