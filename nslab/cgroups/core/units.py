"""Values as people write them: sizes, CPUs, devices. Each check raises TypeError or ValueError that names the value."""

from __future__ import annotations

import os
import re
import stat

from nslab.lab.power.cpus import hidden_cpus, usable_cpus
from nslab.linux import cpulist

_FACTOR = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
MIB = 1 << 20


def checked_size(name: str, value: object, low: int = 0, high: int = 1 << 50) -> int:
    """Return bytes: a whole number, or text such as "64M", "1.5 GiB" (powers of 1024)."""
    wanted = f"{name}={value!r}: give bytes as a number, or text such as '64M' or '1.5G' (K, M, G, T: powers of 1024)"
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(wanted)
    size = value if isinstance(value, int) else _parsed(value, wanted)
    if not low <= size <= high:
        raise ValueError(f"{name}={value!r}: give {shown_size(low)} to {shown_size(high)}")
    return size


def _parsed(text: str, wanted: str) -> int:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?\s*", text, re.IGNORECASE)
    if not match:
        raise ValueError(wanted)
    try:
        return int(float(match[1]) * _FACTOR[match[2].upper()])
    except OverflowError:
        raise ValueError(wanted) from None


def checked_cpus(name: str, value: object) -> tuple[int, ...]:
    """Return CPU numbers: from a number, a list of them, or text such as "0-1,3"; each must be one that may be used."""
    online = usable_cpus()
    hidden = f"; this process may not use {hidden_cpus()}" if hidden_cpus() else ""
    wanted = f"{name}={value!r}: give CPUs that are online, such as {online[0]}, [{online[0]}] or '{online[0]}'"
    there = f" ({', '.join(map(str, online))}{hidden})"
    try:
        if isinstance(value, str) and any(int(number) > online[-1] for number in re.findall(r"\d+", value)):
            raise ValueError
        cpus = cpulist.parsed(value) if isinstance(value, str) else (value,) if isinstance(value, int) else tuple(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ValueError(wanted + there) from None
    if not cpus or not all(isinstance(c, int) and not isinstance(c, bool) and c in online for c in cpus):
        raise ValueError(wanted + there)
    return tuple(sorted(set(cpus)))


def checked_device(name: str, value: object) -> str:
    """Return "MAJOR:MINOR" of a device node such as "/dev/loop0", or of that text itself."""
    if not isinstance(value, str):
        raise TypeError(f"{name}={value!r}: give a device node such as '/dev/loop0', or its numbers such as '7:0'")
    if re.fullmatch(r"\d+:\d+", value):
        if not os.path.exists(f"/sys/dev/block/{value}"):
            raise ValueError(f"{name}={value!r}: no block device has these numbers (see lsblk)")
        return value
    try:
        info = os.stat(value)
    except (OSError, ValueError) as e:
        why = getattr(e, "strerror", e)
        raise ValueError(f"{name}={value!r}: {why}; give a block device (see lsblk)") from None
    if not stat.S_ISBLK(info.st_mode):
        raise ValueError(f"{name}={value!r} is not a block device: give one such as '/dev/loop0' (see lsblk)")
    return f"{os.major(info.st_rdev)}:{os.minor(info.st_rdev)}"


def shown_size(size: float) -> str:
    """Bytes for a reader: "32 MiB"."""
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if abs(size) < 1024 or unit == "TiB":
            return f"{size:.4g} {unit}"
        size /= 1024
    raise AssertionError("unreachable")
