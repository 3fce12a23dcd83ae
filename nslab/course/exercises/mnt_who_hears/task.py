"""Which mounts propagate from one mount namespace to another (mount_namespaces(7), "Shared subtrees")."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import probing, words
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

NO_SUCH = ("Answer with names of directories of /srv, such as ls /srv prints inside, with spaces between them.",)
NAMED = (
    "One that you named does not tell the other side. A mount has two sides here: look at the lists of both.",
    "In mountinfo, before the hyphen, shared:N is a peer group, and master:N whom a slave hears. Compare the numbers.",
    "Both have the same shared:N: each hears the other. One has shared:N and the other master:N: only the slave hears.",
)
LEFT = (
    "There are more. Which propagation types hear, and which are heard?",
    "A slave hears of what its master's side mounts; a shared one hears of all its peers.",
    "Compare the numbers behind shared: and master: in the lists of both: where they are the same, somebody hears.",
)
DISTINCT = ("shared", "slave", "private inside", "private outside")
"""What becomes of a mount that both have shared at first."""


class Task(Exercise):
    """The check mounts on each directory for a moment, and looks whether the other side's list has it."""

    lesson = "06"
    place = 3
    kind = "reckon"
    answer = "names of directories"
    namespaces = ("mnt",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        here, there = draw.sample(["outer", "inner"], 2)
        return {"here": here, "there": there}

    def scene(self, stage: Stage) -> None:
        names = sorted(stage.draw.sample(words.WORDS, len(DISTINCT) + 2))
        kinds = [*DISTINCT, *stage.draw.choices(DISTINCT, k=2)]
        stage.draw.shuffle(kinds)
        outer = stage.sandbox("outer", mnt=True)
        stage.run(outer, "mount -t tmpfs -o size=1m srv /srv; mount --make-private /srv")
        for name in names:
            stage.run(
                outer,
                f"mkdir /srv/{name}; mount -t tmpfs -o size=1m {name} /srv/{name}; mount --make-shared /srv/{name}",
            )
        inner = stage.sandbox("inner", parent=outer, mnt=True, propagation="unchanged")
        for name, kind in zip(names, kinds, strict=True):
            if kind == "private outside":
                stage.run(outer, f"mount --make-private /srv/{name}")
            elif kind != "shared":
                stage.run(inner, f"mount --make-{kind.split()[0]} /srv/{name}")

    def forms(self, scene: Scene) -> Mapping[str, object]:
        here, there = scene.pid(str(scene.values["here"])), scene.pid(str(scene.values["there"]))
        return {
            "here_pid": here,
            "there_pid": there,
            "inner": scene.pid("inner"),
            "backwards": " ".join(sorted(_hearing(there, here))),
        }

    def check(self, scene: Scene) -> Iterator[Finding]:
        here, there = str(scene.values["here"]), str(scene.values["there"])
        every = _directories(scene.pid(here))
        named = {each.removeprefix("/srv/").strip("/") for each in scene.answer.replace(",", " ").split()}
        if not named <= set(every):
            yield Finding("names", "the directories that you named", f"some of {', '.join(every)}", scene.answer, False,
                          NO_SUCH)  # fmt: skip
            return
        hears = _hearing(scene.pid(here), scene.pid(there))
        looked, deaf, more = f"made in {here}, looked for in {there}", len(named - hears), len(hears - named)
        # Which ones they are is not said: to whoever names all of them it would leave the answer.
        yield Finding("named", f"a mount on each directory that you named, {looked}", "all are seen there",
                      f"not seen: {deaf} of yours" if deaf else "all are seen there", not deaf, NAMED)  # fmt: skip
        yield Finding("left", f"a mount on each directory that you did not name, {looked}", "none is seen there",
                      f"{more} seen there" if more else "none is seen there", not more, LEFT)  # fmt: skip


def _directories(pid: int) -> list[str]:
    return sorted(os.listdir(f"/proc/{pid}/root/srv"))


def _hearing(here: int, there: int) -> set[str]:
    """The directories on which a mount that is made in one process's list is seen in the other's."""
    return {each for each in _directories(here) if probing.reaches(here, f"/srv/{each}", [there])[there]}
