"""Four sandboxes with one host name, two of which share one UTS namespace (uts_namespaces(7))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import words
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import ns

OTHERS = ("db", "cache", "mail")
ROLES = ("web", *OTHERS)
NO_SUCH = ("Answer with the name of a sandbox, as the list of what is given has it. All four have the same host name.",)
ITSELF = ("That web is renamed is what is wanted. Who else sees the new name?",)
ANOTHER = (
    "Two names that read the same need not be the same name. What tells two UTS namespaces apart?",
    "Compare readlink /proc/self/ns/uts in web with the same in the others. Or rename one, and look in the others.",
    "for s in web db cache mail; do nslab enter uts-same-name.$s readlink /proc/self/ns/uts; done",
)


class Task(Exercise):
    """Which one shares is drawn; the check compares inode numbers. A learner may rename all of them."""

    lesson = "02"
    place = 2
    kind = "find"
    answer = "the name of a sandbox"
    namespaces = ("uts",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"host": words.name(draw)}

    def scene(self, stage: Stage) -> None:
        host, shares = str(stage.values["host"]), stage.draw.choice(OTHERS)
        web = stage.sandbox("web", uts=True, hostname=host)
        for role in OTHERS:
            if role == shares:
                stage.sandbox(role, parent=web)
            else:
                stage.sandbox(role, uts=True, hostname=host)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {role: scene.pid(role) for role in ROLES}

    def check(self, scene: Scene) -> Iterator[Finding]:
        inodes = {scene.members[role].name: ns.inode("uts", scene.pid(role)) for role in ROLES}
        answered = scene.answer if "." in scene.answer else f"{self.name}.{scene.answer}"
        if answered not in inodes:
            there = f"one of {', '.join(list(inodes)[1:])}"
            yield Finding("name", "the sandbox that you named", there, scene.answer, False, NO_SUCH)
            return
        web = scene.members["web"].name
        yield Finding("other", "the sandbox that you named", f"another than {web}", answered, answered != web, ITSELF)
        found = f"uts:[{inodes[answered]}], that of web is uts:[{inodes[web]}]"
        yield Finding("shares", f"/proc/PID/ns/uts of {answered}", "the namespace of web", found,
                      inodes[answered] == inodes[web], ANOTHER)  # fmt: skip
