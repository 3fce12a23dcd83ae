"""Two processes with host names of their own (uts_namespaces(7))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look, words
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.linux import uts

NOTHING = (
    "Which flag of clone(2) gives a process a copy of the host name? Lesson 02 has it.",
    "A process with CLONE_NEWUTS may call sethostname(2). It has to stay alive while you check.",
    "nslab.Sandbox(uts=True, hostname='NAME'), kept in a variable, is one of the two.",
)
ONE = (
    "One of the two is there. The other needs a UTS namespace of its own, beside the first.",
    "Both have to live at the same time: a process that has ended takes its name along.",
    "A second nslab.Sandbox(uts=True, hostname='NAME'), in another variable, is the other.",
)
MACHINE = (
    "The name that you have set is the machine's. What must a process have before it may rename only itself?",
    "Set the machine's name back first (hostname NAME, as root). Then make a process with CLONE_NEWUTS.",
)


class Task(Exercise):
    """The check looks for the two names in all UTS namespaces that are not the machine's."""

    lesson = "02"
    place = 1
    namespaces = ("uts",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        first, second = words.names(draw, 2)
        return {"first": first, "second": second}

    def check(self, scene: Scene) -> Iterator[Finding]:
        wanted = [str(scene.values["first"]), str(scene.values["second"])]
        seen = sorted(set(look.in_others("uts", uts.hostname).values()))
        machine, there = uts.hostname(), ", ".join(seen) or "no process is in another UTS namespace"
        if machine not in wanted and not set(wanted) & set(seen):
            looked = "the host names in other UTS namespaces than the machine's"
            raise NotBegun(looked, f"{wanted[0]} and {wanted[1]}", there, *NOTHING)
        kept = machine not in wanted
        yield Finding("machine", "the machine's own host name", "neither of the two", machine, kept, MACHINE)
        for key, name in zip(("first", "second"), wanted, strict=True):
            yield Finding(key, "the host names of your processes", name, there, name in seen, ONE)
