"""A bundle's config.json: what of it is done here, and by name what is not.

Sources: the OCI runtime specification, config.md and config-linux.md.

Nothing is ignored: a setting that this container would not have is refused, so that nobody believes it to hold.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from nslab.container.container import Container
from nslab.linux.rlimits import NUMBERS as LIMITS

CONFIG = "config.json"
FILE_SYSTEMS = {
    "/proc": "proc", "/dev": "tmpfs", "/dev/pts": "devpts", "/dev/shm": "tmpfs", "/dev/mqueue": "mqueue",
    "/sys": "sysfs", "/sys/fs/cgroup": "cgroup",
}  # fmt: skip
"""What each container has mounted → the type that a bundle has to name for it."""
ALWAYS = {"pid", "mount", "uts", "ipc"}
ACTIONS = {"SCMP_ACT_ALLOW": "allow", "SCMP_ACT_KILL": "thread", "SCMP_ACT_KILL_THREAD": "thread",
           "SCMP_ACT_KILL_PROCESS": "kill", "SCMP_ACT_TRAP": "trap", "SCMP_ACT_LOG": "log",
           "SCMP_ACT_ERRNO": "EPERM"}  # fmt: skip
ENOSYS = 38
_NO_DEVICES = [{"allow": False, "access": "rwm"}]
"""What `runc spec` writes: no device but those of the container's own /dev."""


class Bundle(NamedTuple):
    """A container, and the command that its bundle names."""

    container: Container
    args: list[str]


class Refused(ValueError):
    """A setting of a bundle that is not done here; the message names it."""

    def __init__(self, setting: str, why: str) -> None:
        super().__init__(f"{CONFIG}, {setting}: {why}")


def read(directory: str) -> Bundle:
    """The container of a bundle. Raises FileNotFoundError, ValueError for what is no config, Refused."""
    path = Path(directory, CONFIG)
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as e:
        raise ValueError(f"{path}: it is no JSON ({e})") from None
    if not isinstance(config, dict):
        raise ValueError(f"{path}: it is no configuration")
    options: dict[str, Any] = {}
    args: list[str] = []
    _each(config, "", {
        "ociVersion": _version, "annotations": _nothing,
        "hostname": lambda v: options.update(hostname=v),
        "root": lambda v: options.update(_root(v, directory)),
        "mounts": lambda v: options.update(_mounts(v)),
        "process": lambda v: args.extend(_process(v, options)),
        "linux": lambda v: options.update(_linux(v, config)),
    })  # fmt: skip
    if "rootfs" not in options:
        raise Refused("root", "it names no root file system")
    if not args:
        raise Refused("process.args", "there is no command")
    return Bundle(Container(options.pop("rootfs"), **options), args)


def _each(given: Mapping[str, Any], above: str, known: Mapping[str, Callable[[Any], Any]]) -> None:
    if not isinstance(given, Mapping):
        raise Refused(above.rstrip("."), f"{given!r} is no object")
    for key, value in given.items():
        if key not in known:
            raise Refused(f"{above}{key}", f"this is not done here; done are {', '.join(known)}")
        if value is not None:
            known[key](value)


def _nothing(_: object) -> None:
    """What asks for nothing."""


def _version(value: object) -> None:
    if not str(value).startswith("1."):
        raise Refused("ociVersion", f"{value!r}: versions 1.x are read")


def _root(value: Mapping[str, Any], directory: str) -> dict[str, Any]:
    found: dict[str, Any] = {"keep": True}
    _each(value, "root.", {
        "path": lambda v: found.update(rootfs=str(Path(directory, v))),
        "readonly": lambda v: found.update(readonly=v),
    })  # fmt: skip
    return found


def _process(value: Mapping[str, Any], options: dict[str, Any]) -> list[str]:
    args: list[str] = []
    _each(value, "process.", {
        "terminal": _nothing, "consoleSize": _nothing,
        "args": args.extend,
        "cwd": lambda v: options.update(workdir=v),
        "env": lambda v: options.update(env=dict(each.split("=", 1) for each in v)),
        "user": lambda v: options.update(user=_user(v)),
        "capabilities": lambda v: options.update(capabilities=_capabilities(v, value.get("user") or {})),
        "rlimits": lambda v: options.update(limits=dict(map(_limit, v))),
        "noNewPrivileges": lambda v: options.update(no_new_privs=v),
        "oomScoreAdj": lambda v: options.update(oom_score_adj=v),
    })  # fmt: skip
    options.setdefault("no_new_privs", False)
    options.setdefault("capabilities", [])
    return args


def _user(value: Mapping[str, Any]) -> tuple[int, int]:
    found = {"uid": 0, "gid": 0}
    _each(value, "process.user.", {"uid": lambda v: found.update(uid=v), "gid": lambda v: found.update(gid=v)})
    return found["uid"], found["gid"]


def _capabilities(value: Mapping[str, list[str]], user: Mapping[str, int]) -> list[str]:
    """The one set that bounding, permitted and effective have to be, as root's are after an execve(2)."""
    sets = {name: sorted(value.get(name) or []) for name in ("bounding", "permitted", "effective")}
    for name, each in sets.items():
        if each != sets["bounding"]:
            raise Refused(f"process.capabilities.{name}", "it is another set than bounding, which is not done here")
    for name in ("ambient", "inheritable"):
        # Root has what is in its permitted set in any case.
        if value.get(name) and user.get("uid", 0) != 0:
            raise Refused(f"process.capabilities.{name}", "capabilities of an ordinary user are not done here")
    return sets["bounding"]


def _limit(value: Mapping[str, Any]) -> tuple[str, int]:
    name = str(value.get("type", "")).removeprefix("RLIMIT_").lower()
    if name not in LIMITS or value.get("hard") != value.get("soft"):
        raise Refused(f"process.rlimits.{value.get('type')}", f"one of {', '.join(LIMITS)}, and soft as large as hard")
    return name, int(value["hard"])


def _mounts(value: list[Mapping[str, Any]]) -> dict[str, Any]:
    volumes: dict[str, str] = {}
    for each in value:
        target, kind, how = each["destination"], each.get("type", "bind"), set(each.get("options") or [])
        if FILE_SYSTEMS.get(target) == kind:
            continue
        if kind != "bind" and not how & {"bind", "rbind"}:
            raise Refused(f"mounts, {target}", f"a mount of the type {kind!r} there is not done here")
        if more := how - {"bind", "rbind", "ro", "rw", "private", "rprivate"}:
            raise Refused(f"mounts, {target}", f"the option {', '.join(sorted(more))} is not done here")
        volumes[each["source"]] = f"{target}:{'ro' if 'ro' in how else 'rw'}"
    return {"volumes": volumes}


def _linux(value: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"masked": [], "read_only": [], "seccomp": False}
    _each(value, "linux.", {
        "namespaces": lambda v: found.update(_namespaces(v)),
        "uidMappings": lambda v: found.update(uid_map=_map(v)),
        "gidMappings": lambda v: found.update(gid_map=_map(v)),
        "maskedPaths": lambda v: found.update(masked=v),
        "readonlyPaths": lambda v: found.update(read_only=v),
        "seccomp": lambda v: found.update(_seccomp(v)),
        "resources": lambda v: found.update(_resources(v, config)),
    })  # fmt: skip
    return found


def _namespaces(value: list[Mapping[str, str]]) -> dict[str, Any]:
    types = {each["type"] for each in value}
    for each in value:
        if each.get("path"):
            raise Refused(f"linux.namespaces.{each['type']}", "to join one that is there is not done here")
    if missing := ALWAYS - types:
        raise Refused("linux.namespaces", f"a container here has {', '.join(sorted(missing))} of its own in any case")
    if more := types - ALWAYS - {"network", "cgroup", "user"}:
        raise Refused("linux.namespaces", f"{', '.join(sorted(more))} is not done here")
    return {"network": "none" if "network" in types else "host", "own_cgroup": "cgroup" in types}


def _map(value: list[Mapping[str, int]]) -> list[tuple[int, int, int]]:
    return [(each["containerID"], each["hostID"], each["size"]) for each in value]


def _seccomp(value: Mapping[str, Any]) -> dict[str, Any]:
    rules: dict[str, str] = {}
    default = ACTIONS.get(str(value.get("defaultAction")))
    _each(value, "linux.seccomp.", {
        "architectures": _nothing, "defaultErrnoRet": _nothing, "defaultAction": _nothing,
        "syscalls": lambda v: [rules.update(_rules(each)) for each in v],
    })  # fmt: skip
    if default is None:
        raise Refused(
            "linux.seccomp.defaultAction", f"{value.get('defaultAction')!r}: give one of {', '.join(ACTIONS)}"
        )
    if value.get("defaultErrnoRet") not in (None, 1):
        raise Refused("linux.seccomp.defaultErrnoRet", "another errno than EPERM is not done here")
    return {"seccomp": rules, "seccomp_default": default}


def _rules(rule: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("args", "includes", "excludes"):
        if rule.get(key):
            raise Refused(
                f"linux.seccomp.syscalls.{key}", f"a condition is not done here ({', '.join(rule['names'][:3])})"
            )
    action = ACTIONS.get(str(rule.get("action")))
    if action is None or rule.get("errnoRet") not in (None, 1, ENOSYS):
        raise Refused("linux.seccomp.syscalls.action", f"{rule.get('action')!r} for {', '.join(rule['names'][:3])}")
    yield from ((name, "ENOSYS" if rule.get("errnoRet") == ENOSYS else action) for name in rule["names"])


def _resources(value: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def devices(rules: object) -> None:
        given = (config.get("process") or {}).get("capabilities") or {}
        if rules != _NO_DEVICES or "CAP_MKNOD" in (given.get("bounding") or []):
            raise Refused("linux.resources.devices", "what is done: no device but the container's own, for who "
                          "cannot make one, since he lacks CAP_MKNOD")  # fmt: skip

    def cpu(given: Mapping[str, Any]) -> None:
        _each(given, "linux.resources.cpu.", {
            "shares": lambda v: found.update(weight=max(1, round(v * 100 / 1024))),
            "period": _nothing, "cpus": lambda v: found.update(cpus=v),
            "quota": lambda v: found.update(quota=100 * v / (given.get("period") or 100_000)),
        })  # fmt: skip

    _each(value, "linux.resources.", {
        "devices": devices,
        "memory": lambda v: _each(v, "linux.resources.memory.", {"limit": lambda n: found.update(memory_max=n)}),
        "pids": lambda v: _each(v, "linux.resources.pids.", {"limit": lambda n: found.update(pids_max=n)}),
        "cpu": cpu,
    })  # fmt: skip
    return found
