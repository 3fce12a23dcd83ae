"""Which of the values that were written to a cgroup's files are still in force."""

from __future__ import annotations

Write = tuple[str, str, str]
"""The cgroup's name, the file, and the value."""
_BY_FIRST_WORD = ("blkio.throttle.", "blkio.weight_device", "net_prio.ifpriomap", "io.weight", "io.latency")
"""Files with a line for each device or interface, which the value's first word names."""
_RULES = ("devices.allow", "devices.deny")


def in_force(written: list[Write], new: Write) -> list[Write]:
    """The writes to one cgroup that are in force once `new` was made, oldest first.

    Most files keep one value. A device of io.max, blkio.throttle.* or net_prio.ifpriomap keeps its own, each key of
    io.max as well, and a rule of devices.allow and devices.deny stands beside the others (cgroup-v2.rst,
    cgroup-v1/*.rst).
    """
    _, file, text = new
    if file in _RULES:
        # "a" forgets every rule before it (cgroup-v1/devices.rst).
        forgets = text.split()[:1] == ["a"]
        return [w for w in written if w[1] not in _RULES or not (forgets or w == new)] + [new]
    sets = _sets(file, text)
    return [w for w in written if w[1] != file or not _sets(file, w[2]) <= sets] + [new]


def _sets(file: str, text: str) -> frozenset[str]:
    """What one write decides, where a file holds several values."""
    first, *rest = text.split() or [""]
    if file == "io.max":
        return frozenset(f"{first} {pair.partition('=')[0]}" for pair in rest)
    if file.startswith(_BY_FIRST_WORD):
        return frozenset((first,))
    return frozenset(("",))
