"""CPUs as the kernel writes them: "0-2,4" (cpuset(7), "List format")."""

from __future__ import annotations

from collections.abc import Sequence


def parsed(text: str) -> tuple[int, ...]:
    """The CPUs of such a list. Raises ValueError."""
    found: set[int] = set()
    for part in filter(None, text.strip().split(",")):
        first, dash, last = part.partition("-")
        found.update(range(int(first), int(last if dash else first) + 1))
    return tuple(sorted(found))


def written(cpus: Sequence[int]) -> str:
    """The list of these CPUs, which are in order."""
    ranges: list[list[int]] = []
    for cpu in cpus:
        if ranges and ranges[-1][1] == cpu - 1:
            ranges[-1][1] = cpu
        else:
            ranges.append([cpu, cpu])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)
