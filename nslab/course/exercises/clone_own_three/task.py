"""A process with namespaces of its own of three types, and no others (clone(2), unshare(1))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.linux import ns
from nslab.linux.flags import FLAGS

DRAWN = ("uts", "ipc", "net", "cgroup")
"""Types of which two are asked for beside pid."""
NOTHING = (
    "Which flag of clone(2) stands for each of the three? Lesson 01 has the table.",
    "unshare(1) has an option for each type, and runs a program. Keep it running while you check (& in a shell).",
    "unshare with the three options, --fork and the program; an ordinary user adds --user --map-root-user.",
)
ONLY_PID = (
    "A process keeps its pid for life. So unshare(2) moves into a new pid namespace only whom?",
    "The first child that is made after unshare(CLONE_NEWPID) is in it. unshare(1) makes one when told to.",
    "unshare … --fork sleep N",
)
LACKING = (
    "Each type has a flag of its own. Which one is left out?",
    "readlink /proc/PID/ns/* shows what the program has: compare it with your shell's.",
)
TOO_MUCH = (
    "Something is new that was to be shared. Which of your flags or options is for that?",
    "An option may bring another type along: --mount-proc of unshare(1) makes a mount namespace.",
)


class Task(Exercise):
    """The program is known by its arguments; of several the one that is nearest counts."""

    lesson = "01"
    place = 2
    namespaces = ("pid", *DRAWN)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        first, second = sorted(draw.sample(DRAWN, 2))
        types = f"`{first}`, `{second}` and `pid`"
        return {"first": first, "second": second, "types": types, "seconds": draw.randint(10_000, 99_999)}

    def forms(self, scene: Scene) -> Mapping[str, object]:
        first, second = str(scene.values["first"]), str(scene.values["second"])
        return {"options": f"--{first} --{second}", "flag": FLAGS[first].name, "other": FLAGS[second].name}

    def check(self, scene: Scene) -> Iterator[Finding]:
        wanted = {str(scene.values["first"]), str(scene.values["second"]), "pid"}
        program = f"sleep {scene.values['seconds']}"
        running = look.running(*program.split())
        if not running:
            raise NotBegun("the processes that you may look at", f"one that runs {program}", "none", *NOTHING)
        host = {kind: ns.inode(kind) for kind in ns.available()}
        news = {each.pid: {kind for kind in host if each.ns[kind] != host[kind]} - {"user"} for each in running}
        pid, new = min(news.items(), key=lambda each: (len(wanted ^ each[1]), each[0]))
        looked = f"/proc/{pid}/ns of {program} beside the host's"
        lacking = wanted - new
        found = f"new: {_list(wanted & new)}; the host's: {_list(lacking)}"
        hints = ONLY_PID if lacking == {"pid"} else LACKING
        yield Finding("new", looked, f"new: {_list(wanted)}", found, not lacking, hints)
        yield Finding("shared", looked, "nothing else new", f"also new: {_list(new - wanted)}", new <= wanted, TOO_MUCH)


def _list(kinds: set[str]) -> str:
    return ", ".join(sorted(kinds)) or "none"
