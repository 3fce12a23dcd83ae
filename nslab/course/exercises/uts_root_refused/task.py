"""A user namespace whose root has no power over the UTS namespace that it uses (user_namespaces(7))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look, words
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import uts

REFUSED = (
    "Root of what? A user namespace has power over those namespaces that were made in it, and over no others.",
    "Compare /proc/self/ns/uts in both sandboxes, and /proc/self/ns/user. Who made the UTS namespace that inner uses?",
    "Both use one host name, and outer may change it.",
)
MACHINE = (
    "The name that you have set is the machine's, which has nothing to do with inner.",
    "Set the machine's name back first (hostname NAME, as root). Then go where the name is that inner sees.",
)


class Task(Exercise):
    """What counts is what the first process of `inner` sees, which cannot be moved to another namespace."""

    lesson = "02"
    place = 4
    kind = "mend"
    namespaces = ("uts", "user")

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        old, new = words.names(draw, 2)
        return {"old": old, "new": new}

    def scene(self, stage: Stage) -> None:
        outer = stage.sandbox("outer", uts=True, hostname=str(stage.values["old"]))
        stage.sandbox("inner", parent=outer, user=True)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {"inner": scene.pid("inner")}

    def check(self, scene: Scene) -> Iterator[Finding]:
        new, machine = str(scene.values["new"]), uts.hostname()
        yield Finding("machine", "the machine's own host name", f"not {new}", machine, machine != new, MACHINE)
        seen = look.hostname(scene.pid("inner"))
        looked = f"the host name that process {scene.pid('inner')} (inner) sees"
        yield Finding("name", looked, new, seen, seen == new, REFUSED)
