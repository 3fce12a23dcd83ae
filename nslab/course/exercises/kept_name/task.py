"""A UTS namespace that a bind mount keeps alive (namespaces(7), "Namespace lifetime")."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look, words
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import ns, uts
from nslab.linux.flags import CloneFlag

SHELF = "/srv/kept"
GONE = ("What has held it is gone, and with it the namespace. `nslab reset kept-name` makes it anew.",)
ANOTHER = (
    "A namespace that a file holds can be joined as one that a process is in. Which program of lesson 08 does that?",
    "The file is seen in the sandbox. Enter that first, and then the namespace; uname -n says the name.",
    "nslab enter kept-name.shelf nsenter --uts=/srv/kept/NAME uname -n",
)


class Task(Exercise):
    """The check joins the namespace by the very bind mount, and asks for its host name."""

    lesson = "08"
    place = 2
    kind = "find"
    answer = "a host name"
    namespaces = ("mnt", "uts")

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"which": draw.choice(("api", "mail", "shop"))}

    def scene(self, stage: Stage) -> None:
        shelf, *kept = words.names(stage.draw, 4)
        box = stage.sandbox("shelf", mnt=True, uts=True, hostname=shelf)
        lines = [f"mount -t tmpfs -o size=1m srv /srv && mkdir {SHELF}"]
        for file, name in zip(("api", "mail", "shop"), kept, strict=True):
            inside = f"hostname {name} && mount --bind /proc/self/ns/uts {SHELF}/{file}"
            lines.append(f"touch {SHELF}/{file} && unshare --uts sh -c '{inside}'")
        stage.run(box, "\n".join(lines))

    def check(self, scene: Scene) -> Iterator[Finding]:
        file, pid = f"{SHELF}/{scene.values['which']}", scene.pid("shelf")
        if file not in [each.point for each in look.mounts(pid) if each.fstype == "nsfs"]:
            yield Finding("mount", f"what is mounted on {file}", "a namespace", "none", False, GONE)
            return
        right = look.inside(pid, ["mnt"], lambda: _name_in(file)) == scene.answer
        # The name itself is not said: whoever is wrong is to look.
        found = f"{'the same as' if right else 'another than'} {scene.answer}"
        yield Finding(
            "name", f"the host name in the namespace that {file} holds", "what you say", found, right, ANOTHER
        )


def _name_in(file: str) -> str:
    fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        ns.setns(fd, CloneFlag.CLONE_NEWUTS)
    finally:
        os.close(fd)
    return uts.hostname()
