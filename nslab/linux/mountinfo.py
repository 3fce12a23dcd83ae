"""/proc/PID/mountinfo: the mounts of a process's mount namespace (proc_pid_mountinfo(5))."""

from __future__ import annotations

from collections import namedtuple

from nslab.linux import files


class Mount(namedtuple("Mount", "id parent device root point options fstype source super_options")):
    """One mount. `root`, `point` and `source` are names as they are, with bytes that are no UTF-8 as surrogates."""

    __slots__ = ()


def mounts(pid: int | str = "self") -> list[Mount]:
    """The mounts that a process sees; a thread is "PID/task/TID". Raises OSError when it is gone, or may not be looked
    at.
    """
    return parsed(files.read(f"/proc/{pid}/mountinfo"))


def parsed(text: str) -> list[Mount]:
    """The mounts in the text of a mountinfo. Lines end with a newline, fields with one space, and with nothing else:
    str.splitlines() and str.split() would also split at characters that a name may have.
    """
    found = []
    for line in text.split("\n"):
        if not line:
            continue
        ident, parent, device, root, point, options, *rest = line.split(" ")
        # A hyphen ends the optional fields, which are words with a colon or "unbindable".
        end = rest.index("-")
        fstype, source, *more = rest[end + 1 :]
        names = name(root), name(point), options, fstype, name(source), " ".join(more)
        found.append(Mount(int(ident), int(parent), device, *names))
    return found


def name(escaped: str) -> str:
    r"""A name as it is: the kernel writes space, tab, newline, backslash and # as \040, \011, \012, \134, \043."""
    if "\\" not in escaped:
        return escaped
    first, *rest = escaped.split("\\")
    return first + "".join(_character(piece[:3]) + piece[3:] for piece in rest)


def _character(octal: str) -> str:
    return chr(int(octal, 8)) if len(octal) == 3 and all("0" <= c <= "7" for c in octal) else "\\" + octal
