"""What execve(2) makes of the five sets of root (capabilities(7), "Transformation of capabilities during execve()")."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.numbers import compared
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import capsets

NO_NUMBER = ("Answer with a whole number, such as 12.",)
TOO_FEW = (
    "The helper has more. Does what the program has in effect count at all, when uid 0 calls execve(2)?",
    "To uid 0 each file is as if it had all capabilities, permitted and inheritable.",
    "It gets what is in the bounding set, or inheritable. How many bits has CapBnd in *room*? What goes, what stays?",
)
TOO_MANY = (
    "The helper has fewer. What is out of the bounding set, no file gives back.",
    "What is inheritable stays so, also when it is out of the bounding set.",
    "It gets what is in the bounding set, or inheritable. How many bits has CapBnd in *room*? What goes, what stays?",
)


class Task(Exercise):
    """The numbers are drawn; which capabilities they are does not matter. The check has a process do it, and execve."""

    lesson = "16"
    place = 4
    kind = "reckon"
    answer = "a number of capabilities"
    namespaces = ("user",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"dropped": draw.randrange(6, 11), "still": draw.randrange(2, 5), "few": draw.randrange(2, 5)}

    def scene(self, stage: Stage) -> None:
        stage.sandbox("room", user=True)

    def check(self, scene: Scene) -> Iterator[Finding]:
        if not scene.answer.strip().isdecimal():
            yield Finding("number", "your answer", "a whole number", scene.answer, False, NO_NUMBER)
            return
        answered = int(scene.answer)
        dropped, still, few = (int(scene.values[name]) for name in ("dropped", "still", "few"))
        has = int(look.inside(scene.pid("room"), ["user"], lambda: _after_exec(dropped, still, few)))
        right, told = compared(answered, has)
        looked = "CapEff of a program that has been started like this in room"
        yield Finding("helper", looked, f"{answered}, as you reckoned", told, right,
                      TOO_MANY if has < answered else TOO_FEW)  # fmt: skip


def _after_exec(dropped: int, still: int, few: int) -> int:
    """Lay down what the task says, start another program, and count what it has in effect."""
    sets = capsets.of()
    names = sorted(sets.bounding & sets.permitted)
    out, inheritable, kept = names[:dropped], names[:still], names[-few:]
    capsets.set_to(sets.effective, sets.permitted, inheritable)
    capsets.bound(set(names) - set(out))
    capsets.set_to(kept, kept, inheritable)
    said = subprocess.run(["grep", "^Cap", "/proc/self/status"], capture_output=True, text=True, check=True).stdout
    lines = (line.partition(":") for line in said.splitlines())
    return len(capsets.told({name: bits.strip() for name, _, bits in lines}).effective)
