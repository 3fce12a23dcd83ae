"""Draw a situation from a seed: commands below which nslab runs, its environment, and what it is asked."""

from __future__ import annotations

import os
import random
import sys
from dataclasses import dataclass
from importlib import import_module

from nslab.course.demos import ROOMS
from tests.cases.situation import CHROOT, USER, filtered, mounting

ROOT = os.geteuid() == 0
Choice = tuple[str, tuple[str, ...]]
"""What it is called, and the command below which it is so."""
AS_IT_IS: Choice = ("", ())


def _shell(lines: str) -> tuple[str, ...]:
    return ("/bin/sh", "-c", f'{lines}\nexec "$@"', "sh")


MASKS: dict[str, str] = {
    "/proc/version masked": "mount --bind /dev/null /proc/version",
    "hidepid=1": "mount -t proc -o hidepid=1 proc /proc",
    "hidepid=2": "mount -t proc -o hidepid=2 proc /proc",
    "/proc/sys read-only": "mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys",
    "no /proc": "mount -t tmpfs none /proc",
    "no /sys": "mount -t tmpfs none /sys",
    "/sys/fs/cgroup hidden": "mount -t tmpfs none /sys/fs/cgroup",
    "/sys read-only": "mount --bind /sys /sys; mount -o remount,bind,ro /sys",
    "/run read-only": "mount --bind /run /run; mount -o remount,bind,ro /run",
    "/tmp read-only": "mount --bind /tmp /tmp; mount -o remount,bind,ro /tmp",
    "/run and /tmp read-only": "for d in /run /tmp; do mount --bind $d $d; mount -o remount,bind,ro $d; done",
    "/run without inodes": "mount -t tmpfs -o nr_inodes=1 none /run",
    "/var/tmp read-only": "mount --bind /var/tmp /var/tmp; mount -o remount,bind,ro /var/tmp",
    "/dev/shm read-only": "mount --bind /dev/shm /dev/shm; mount -o remount,bind,ro /dev/shm",
    "a strange mount point": "mount -t tmpfs none /run; n=$(printf '/run/a\\rb c\\v\\302\\205d'); mkdir \"$n\"; "
    'mount -t tmpfs none "$n"',
}
"""What is taken away in a mount namespace of its own, in which the shell may mount."""
WHO: list[Choice] = [
    AS_IT_IS,
    ("root of a user namespace", ("unshare", "--user", "--map-root-user")),
    ("nobody of a user namespace", ("unshare", "--user")),
]
if ROOT:
    WHO += [
        ("uid 1234", USER),
        ("uid 1234, root of a user namespace", (*USER, "unshare", "--user", "--map-root-user")),
        ("without CAP_SYS_ADMIN", ("setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin")),
        ("without CAP_SETUID, CAP_SETGID", ("setpriv", "--bounding-set=-setuid,-setgid", "--inh-caps=-setuid,-setgid")),
        ("without capabilities", ("setpriv", "--bounding-set=-all", "--inh-caps=-all")),
    ]
_MAPPED = () if ROOT else ("--user", "--map-root-user")
PIDS: list[Choice] = [
    AS_IT_IS,
    ("a pid namespace", ("unshare", *_MAPPED, "--pid", "--fork", "--kill-child", "--mount-proc")),
    ("a pid namespace without /proc", ("unshare", *_MAPPED, "--pid", "--fork", "--kill-child")),
]
CPUS: list[Choice] = [
    AS_IT_IS,
    *((f"CPU {cpu} alone", ("taskset", "-c", str(cpu))) for cpu in sorted(os.sched_getaffinity(0))),
]
LIMITS: list[Choice] = [
    AS_IT_IS,
    *((f"RLIMIT_{what}", ("prlimit", f"--{option}")) for what, option in (
        ("NOFILE 48", "nofile=48:48"), ("NOFILE 20", "nofile=20:20"), ("CORE 0", "core=0:0"), ("FSIZE 0", "fsize=0:0"),
        ("NPROC 20", "nproc=20:20"), ("STACK 1 MiB", "stack=1048576:1048576"), ("MSGQUEUE 0", "msgqueue=0:0"),
        ("MEMLOCK 0", "memlock=0:0"), ("AS 2 GiB", "as=2147483648:2147483648"))),
]  # fmt: skip
FILTERS: list[Choice] = [
    AS_IT_IS,
    *((f"{names} answers {error}", filtered(error, *names.split(","))) for error, names in (
        ("ENOSYS", "clone3"), ("EPERM", "clone3"), ("EPERM", "unshare"), ("EPERM", "mount"), ("EPERM", "setns"),
        ("EPERM", "pidfd_open"), ("ENOSYS", "pidfd_open"), ("EPERM", "sethostname,setdomainname"),
        ("EPERM", "mknod,mknodat"), ("ENOSYS", "memfd_create"), ("EPERM", "chroot,pivot_root"),
        ("EPERM", "perf_event_open,bpf"))),
]  # fmt: skip
DESCRIPTORS: list[Choice] = [
    AS_IT_IS,
    ("stdin closed", _shell("exec <&-")),
    ("stdin a full device", _shell("exec </dev/full")),
    ("a deleted directory", _shell('cd "$(mktemp -d)" && rmdir "$PWD"')),
]
ENVIRONMENTS: dict[str, dict[str, str | None]] = {
    "": {},
    "no HOME": {"HOME": None},
    "no LANG": {"LANG": None, "LC_ALL": "C"},
    "no PATH": {"PATH": None},
    "HOME is a file": {"HOME": "/etc/passwd"},
    "TMPDIR is nowhere": {"TMPDIR": "/nowhere"},
    "XDG_RUNTIME_DIR is nowhere": {"XDG_RUNTIME_DIR": "/nowhere"},
    "Latin-1": {"PYTHONIOENCODING": "latin-1", "LC_ALL": "C"},
    "dumb terminal": {"TERM": "dumb", "COLUMNS": "20"},
}
OTHERS = (("doctor",), ("doctor", "--json"), ("hierarchies",), ("map",), ("ps",), ("clean",), ("demo", "nothing"))
PLAIN = 0.55
"""How likely each thing is to be left as it is: some two or three are drawn together."""


@dataclass(frozen=True)
class Situation:
    """A situation and a command in it."""

    seed: int
    names: tuple[str, ...]
    within: tuple[str, ...]
    environment: dict[str, str | None]
    argv: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.seed}: nslab {' '.join(self.argv)} [{'; '.join(self.names) or 'as it is'}]"


def draw(seed: int, attempt: int = 0) -> Situation:
    """The situation of that seed; of another attempt, where that one cannot be made."""
    chance = random.Random(f"{seed}/{attempt}")

    def one(choices: list[Choice]) -> Choice:
        return choices[0] if chance.random() < PLAIN else chance.choice(choices)

    masks = [AS_IT_IS, *((name, mounting(lines)) for name, lines in MASKS.items())] if ROOT else [AS_IT_IS]
    chroot = ("a chroot", CHROOT) if ROOT and chance.random() < 0.08 else AS_IT_IS
    # The filter last, so that it meets nslab alone and not what makes the situation.
    others = (one(choices) for choices in (PIDS, CPUS, LIMITS, WHO, DESCRIPTORS, FILTERS))
    layers = [one(masks), chroot, *others]
    environment = "" if chance.random() < PLAIN else chance.choice(sorted(ENVIRONMENTS))
    names = tuple(name for name in (*(name for name, _ in layers), environment) if name)
    within = tuple(part for _, command in layers for part in command)
    return Situation(seed, names, within, ENVIRONMENTS[environment], _command(chance))


def _command(chance: random.Random) -> tuple[str, ...]:
    if chance.random() < 0.25:
        return chance.choice(OTHERS)
    room = chance.choice(sorted(ROOMS))
    name = chance.choice(ROOMS[room])
    part = chance.choice(import_module(f"nslab.{room}.{name}").PARTS).name
    return ("demo", name, "--only", part, *(("--json",) if chance.random() < 0.3 else ()))


if __name__ == "__main__":
    for number in map(int, sys.argv[1:]):
        print(draw(number))
