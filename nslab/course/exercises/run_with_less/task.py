"""What a runtime takes from a process before it starts it (capabilities(7), prctl(2) with PR_SET_NO_NEW_PRIVS)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.linux import capsets, process

KINDS = ("pid", "ipc", "uts")
MAY = ("net_bind_service", "net_raw", "chown", "kill")
NOTHING = (
    "Which options of a container say what it may do? Lesson 20 compares them.",
    "unshare(1) makes the namespaces, setpriv(1) takes privileges and starts a program. Both can be in one line.",
    "nslab.Container(root, capabilities=[…]) does all of it; by hand: setpriv --no-new-privs --bounding-set=-all,+…",
)
NAMESPACES = (
    "ls -l /proc/PID/ns of it and of your shell: which numbers are the same?",
    "unshare --pid --fork --ipc --uts; a pid namespace is the children's, so it needs --fork.",
)
NNP = (
    "/proc/PID/status has a line NoNewPrivs. Who sets it, and when does it go away?",
    "It never goes away, and a process sets it for itself: setpriv --no-new-privs.",
)
BOUNDING = (
    "A set-user-ID program gives back what is in the bounding set. Which line of /proc/PID/status shows that?",
    "setpriv --bounding-set=-all,+NAME, with the name in small letters and without CAP_.",
)
PERMITTED = (
    "CapPrm in /proc/PID/status. After an execve(2) root has what the bounding set leaves.",
    "The program is to be started by execve(2) as uid 0 after the bounding set was cut: setpriv does both.",
)


class Task(Exercise):
    """The check takes, of all such processes, the one of which most is right."""

    lesson = "20"
    place = 1
    namespaces = KINDS

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        short = draw.choice(MAY)
        return {"seconds": draw.randrange(3000, 9000), "capability": f"CAP_{short.upper()}", "short": short}

    def check(self, scene: Scene) -> Iterable[Finding]:
        command = ("sleep", str(scene.values["seconds"]))
        found = [_seen(each, str(scene.values["capability"])) for each in look.running(*command)]
        if not found:
            raise NotBegun(f"the processes that run `{' '.join(command)}`", "one", "none", *NOTHING)
        return max(found, key=lambda each: sum(finding.right for finding in each))


def _seen(each: look.Process, wanted: str) -> list[Finding]:
    sets, status = capsets.of(each.pid), process.status(each.pid)
    shared = [kind for kind in KINDS if not each.has_own(kind)]
    safe = status.get("NoNewPrivs") == "1"
    return [
        Finding("namespaces", f"namespaces that process {each.pid} shares with the machine", "none of pid, ipc, uts",
                ", ".join(shared) or "none of pid, ipc, uts", not shared, NAMESPACES),
        Finding("no-new-privs", "no_new_privs of it", "set", "set" if safe else "not set", safe, NNP),
        Finding("bounding", "its bounding set", wanted, _named(sets.bounding), sets.bounding == {wanted}, BOUNDING),
        Finding("permitted", "its permitted set", wanted, _named(sets.permitted), sets.permitted == {wanted},
                PERMITTED),
    ]  # fmt: skip


def _named(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) if 0 < len(names) <= 3 else f"{len(names)} capabilities"
