"""A process with a single capability, now and after each execve() (capabilities(7), "Thread capability sets")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.linux import capsets

CHOICE = ("CAP_CHOWN", "CAP_FOWNER", "CAP_KILL", "CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW",
          "CAP_SYS_CHROOT", "CAP_SYS_NICE", "CAP_SYS_PTRACE")  # fmt: skip
NOTHING = (
    "The program is sleep with that number of seconds, and it has to be running.",
    "Who starts it needs the capability: root has it, and so has root of a user namespace (lesson 07).",
    "setpriv(1) starts a program with other sets than its own: setpriv --bounding-set=…, then the command.",
)
EFFECTIVE = (
    "What it has in effect is CapEff of /proc/PID/status. `capsh --decode=NUMBER` has it by name.",
    "execve() gives a program of uid 0 everything that the bounding set lets through, whatever was laid down before.",
    "setpriv --bounding-set=-all,+NAME sleep …, as root of a user namespace; NAME is without CAP_, in small letters.",
)
BOUNDING = (
    "It has the right one now. What may a program have that it starts? CapBnd of /proc/PID/status says so.",
    "The bounding set is what no execve() goes beyond. It is made smaller before the program is started.",
    "setpriv --bounding-set=-all,+NAME sleep …",
)


class Task(Exercise):
    """The check reads the sets of the processes that run the command, and takes the best."""

    lesson = "16"
    place = 1

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        capability = draw.choice(CHOICE)
        others = [name for name in CHOICE if name != capability]
        return {"capability": capability, "short": capability[4:].lower(), "other": draw.choice(others)[4:].lower(),
                "seconds": draw.randint(1000, 9999)}  # fmt: skip

    def check(self, scene: Scene) -> Iterable[Finding]:
        command = "sleep", str(scene.values["seconds"])
        found = [_seen(each.pid, str(scene.values["capability"])) for each in look.running(*command)]
        if not found:
            raise NotBegun("processes", f"one that runs {' '.join(command)}", "none", *NOTHING)
        return max(found, key=lambda each: sum(finding.right for finding in each))


def _seen(pid: int, wanted: str) -> list[Finding]:
    sets = capsets.of(pid)
    return [
        Finding(name, f"process {pid}: the {name} set", wanted, _words(has), has == {wanted}, hints)
        for name, has, hints in (("effective", sets.effective, EFFECTIVE), ("bounding", sets.bounding, BOUNDING))
    ]


def _words(has: frozenset[str]) -> str:
    return ", ".join(sorted(has)) if 0 < len(has) < 4 else f"{len(has)} capabilities"
