"""The formats of a cgroup's files, from text to values. Nothing here reads a file.

Source: cgroup-v2.rst ("Format"), cgroup-v1/blkio-controller.rst, cgroup-v1/memory.rst.
"""

from __future__ import annotations

import re

_DEVICE = re.compile(r"\d+:\d+")
_NO_LIMIT = 1 << 62
"""From here on a number means "no limit": v1 writes the largest multiple of a page (or huge page) that 63 bits can
hold, 9223372036854771712."""


def value_after(text: str, key: str) -> str | None:
    """What follows a key, in a file of lines "key value"; None where no line begins with the key."""
    for line in text.splitlines():
        first, _, value = line.partition(" ")
        if first == key:
            return value
    return None


def devices(text: str) -> dict[str, dict[str, str]]:
    """Device ("8:0") → key → value, of v1's lines "8:0 Read 4096" and v2's "8:0 rbytes=4096 wbytes=0".

    The value of a line "8:0 4096" has the key "". Some kernels of v2 write devices without values in front of the next
    one, on its line.
    """
    found: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        # v1 ends with a sum, which is no device's.
        own: dict[str, str] = {}
        key = ""
        for word in line.split():
            name, equals, value = word.partition("=")
            if _DEVICE.fullmatch(word):
                own = found.setdefault(word, {})
            elif equals:
                own[name] = value
            elif word.isdigit():
                own[key] = word
            else:
                key = word
    return found


def limit(text: str) -> int | None:
    """A limit; None where there is none: "max" in v2, a negative or a huge number in v1."""
    if text == "max":
        return None
    number = int(text)
    return number if 0 <= number < _NO_LIMIT else None
