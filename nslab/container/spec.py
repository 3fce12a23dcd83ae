"""What a container is to be: plain values, checked before anything is made, and sent to the process that becomes it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from nslab.container import profile
from nslab.errors import checked_choice, checked_whole
from nslab.lab.client.options import checked_hostname
from nslab.linux import capsets, filters, rlimits

NETWORKS = ["none", "host", "veth"]


@dataclass(frozen=True)
class Spec:
    """One container. `rootfs` is a directory, `layers` more of them that lie above it, the lowest first.

    `volumes` are directories and files of the machine → where they are inside, "ro" or "rw". `keep` has what is written
    go to the rootfs itself; without it a layer in memory takes it, which ends with the container. `filter` is the
    program of the seccomp filter, None for none. `network` is its own with lo alone ("none"), its own with a way out
    ("veth", see network.py), or this machine's ("host"); `gate` is a pipe from which it hears that it is connected.
    """

    rootfs: str
    args: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    hostname: str = "container"
    env: Mapping[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: tuple[int, int] = (0, 0)
    keep: bool = False
    readonly: bool = False
    volumes: tuple[tuple[str, str, str], ...] = ()
    capabilities: frozenset[str] = profile.CAPABILITIES
    filter: bytes | None = None
    no_new_privs: bool = True
    masked: tuple[str, ...] = profile.MASKED
    read_only: tuple[str, ...] = profile.READ_ONLY
    limits: Mapping[str, int] = field(default_factory=dict)
    oom_score_adj: int | None = None
    network: str = "none"
    own_cgroup: bool = True
    init: bool = False
    terminal: str = ""
    stdin: str = ""
    gate: str = ""

    def plain(self) -> dict[str, Any]:
        """As it is sent."""
        return {**vars(self), "env": dict(self.env), "limits": dict(self.limits)}


def checked(rootfs: object, *, env: Mapping[str, str] | None = None,
            capabilities: Sequence[str] | None = None, seccomp: Mapping[str, str] | bool = True,
            seccomp_default: str = filters.ALLOW, volumes: Mapping[str, str] | None = None,
            limits: Mapping[str, int] | None = None, user: object = 0, **given: Any) -> Spec:  # fmt: skip
    """A Spec of values that somebody has given. Raises TypeError and ValueError that name the value and what is
    allowed, FileNotFoundError and NotADirectoryError for a rootfs.
    """
    made = Spec(checked_rootfs(rootfs), env={**profile.ENVIRONMENT, **_checked_env(env or {})},
                user=_checked_user(user), volumes=_checked_volumes(volumes or {}), limits=_checked_limits(limits or {}),
                filter=_filter(seccomp, seccomp_default))  # fmt: skip
    if capabilities is not None:
        made = replace(made, capabilities=capsets.checked("capabilities", capabilities))
    unknown = [name for name in given if name not in _CHECKS]
    if unknown:
        raise TypeError(
            f"{unknown[0]}={given[unknown[0]]!r}: there is no such option; choose from {', '.join(_CHECKS)}"
        )
    return replace(made, **{name: _CHECKS[name](name, value) for name, value in given.items() if value is not None})


def checked_rootfs(value: object) -> str:
    """The whole path of a directory. Raises TypeError, FileNotFoundError, NotADirectoryError."""
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"rootfs={value!r}: give the path of a directory with a root file system")
    path = os.path.realpath(os.fspath(value))
    if not os.path.exists(path):
        raise FileNotFoundError(
            f"rootfs={str(value)!r}: there is no such directory; `nslab rootfs DIRECTORY` makes one"
        )
    if not os.path.isdir(path):
        how = "`nslab unpack IMAGE DIRECTORY` makes one of an image"
        raise NotADirectoryError(f"rootfs={str(value)!r} is no directory; {how}")
    if not os.listdir(path):
        raise ValueError(f"rootfs={str(value)!r} is empty: there is nothing in it that could run")
    return path


def checked_args(value: object) -> tuple[str, ...]:
    """A command and its arguments. Raises TypeError, ValueError naming the value."""
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(each, str) for each in value):
        raise TypeError(f"args={value!r}: give a list of strings, such as ['/bin/sh', '-c', 'hostname']")
    if not value or not value[0]:
        raise ValueError(f"args={value!r}: give a command and its arguments")
    if any("\0" in each for each in value):
        raise ValueError(f"args={value!r} has a null byte, which no program can be given")
    return tuple(value)


def _checked_env(value: Mapping[str, str]) -> dict[str, str]:
    for name, text in value.items():
        if not isinstance(name, str) or not isinstance(text, str) or not name or "=" in name or "\0" in name + text:
            raise ValueError(f"env: {name!r}={text!r}: give a name without '=', and a text, both without null bytes")
    return dict(value)


def _checked_user(value: object) -> tuple[int, int]:
    both = value if isinstance(value, tuple) else (value, value)
    if len(both) != 2:
        raise ValueError(f"user={value!r}: give a uid, or a uid and a gid")
    return checked_whole("user", both[0], 0, 2**32 - 2), checked_whole("user", both[1], 0, 2**32 - 2)


def _checked_volumes(value: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    found = []
    for source, target in value.items():
        there, _, how = str(target).partition(":")
        if not os.path.exists(source):
            raise FileNotFoundError(f"volumes: {source!r} is not there")
        if not there.startswith("/") or ".." in there.split("/"):
            raise ValueError(f"volumes: {target!r}: give a whole path inside, such as '/data' or '/data:ro'")
        found.append((os.path.realpath(source), there, checked_choice("volumes", how or "rw", ["ro", "rw"])))
    return tuple(found)


def _checked_limits(value: Mapping[str, int]) -> dict[str, int]:
    for name, limit in value.items():
        checked_choice("limits", name, list(rlimits.NUMBERS))
        checked_whole(f"limits, {name}", limit, 0, 2**62)
    return dict(value)


def _filter(value: Mapping[str, str] | bool, default: str) -> bytes | None:
    if value is False:
        return None
    if value is True:
        return _default_filter()
    if not isinstance(value, Mapping):
        raise TypeError(
            f"seccomp={value!r}: give True, False, or system calls with what they get: {{'mount': 'EPERM'}}"
        )
    return filters.program(value, default)


@cache
def _default_filter() -> bytes:
    return filters.program(profile.RULES, namespaces="EPERM")


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name}={value!r}: give True or False")
    return value


def _path(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.startswith("/") or "\0" in value:
        raise ValueError(f"{name}={value!r}: give a whole path, such as /srv")
    return value


def _paths(name: str, value: object) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(f"{name}={value!r}: give a list of whole paths")
    return tuple(_path(name, each) for each in value)


def _layers(name: str, value: object) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(f"{name}={value!r}: give a list of directories, the lowest first")
    found = tuple(checked_rootfs(each) for each in value)
    # overlayfs takes a list with colons, and options with commas.
    for each in found:
        if re.search(r"[:,\\]", each):
            raise ValueError(f"{name}: {each!r}: overlay's options cannot have ':', ',' and '\\' in a path")
    return found


_CHECKS: dict[str, Any] = {
    "layers": _layers,
    "hostname": checked_hostname,
    "workdir": _path,
    "keep": _flag,
    "readonly": _flag,
    "no_new_privs": _flag,
    "init": _flag,
    "own_cgroup": _flag,
    "masked": _paths,
    "read_only": _paths,
    "oom_score_adj": lambda name, value: checked_whole(name, value, -1000, 1000),
    "network": lambda name, value: checked_choice(name, value, NETWORKS),
    "terminal": _path,
    "stdin": _path,
}
