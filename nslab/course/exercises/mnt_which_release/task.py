"""A bind mount, seen in the list of mounts or by the inode number of its directory (mount(8), "Bind mounts")."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

RELEASES = "/srv/releases"
CURRENT = "/srv/current"
NO_SUCH = ("Answer with a name that ls /srv/releases prints inside of the sandbox.",)
ANOTHER = (
    "A bind mount shows a directory at a second place. Which list has all mounts of a process?",
    "In /proc/PID/mountinfo the fourth field says which directory of the filesystem lies at the fifth.",
    "nslab enter mnt-which-release.web grep /srv/current /proc/self/mountinfo; ls -di tells them apart, too.",
)
GONE = ("The bind mount is no longer there. `nslab reset mnt-which-release` makes it anew.",)


class Task(Exercise):
    """The check compares inode numbers: a directory has the same one at both places."""

    lesson = "06"
    place = 2
    kind = "find"
    answer = "the name of a directory"
    namespaces = ("mnt",)

    def scene(self, stage: Stage) -> None:
        numbers = stage.draw.sample(range(200, 1000), 5)
        # Neither the newest nor the one with the highest number: those can be guessed without a look.
        numbers.append(numbers.pop(numbers.index(max(numbers))))
        current, before = stage.draw.sample([f"release-{each}" for each in numbers[:-1]], 2)
        box = stage.sandbox("web", mnt=True)
        stage.run(box, "mount -t tmpfs -o size=1m srv /srv; mkdir /srv/current /srv/previous /srv/releases")
        for number in numbers:
            release = f"{RELEASES}/release-{number}"
            stage.run(box, f"mkdir {release}; echo welcome >{release}/index.html")
        stage.run(box, f"mount --bind {RELEASES}/{before} /srv/previous; mount --bind {RELEASES}/{current} {CURRENT}")

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {"web": scene.pid("web")}

    def check(self, scene: Scene) -> Iterator[Finding]:
        root = f"/proc/{scene.pid('web')}/root"
        there, now = sorted(os.listdir(root + RELEASES)), os.stat(root + CURRENT)
        if now.st_ino not in [os.stat(f"{root}{RELEASES}/{each}").st_ino for each in there]:
            yield Finding("mount", f"what lies at {CURRENT}", "a release", "none of them", False, GONE)
            return
        answered = scene.answer.rstrip("/").rpartition("/")[2]
        if answered not in there:
            yield Finding("name", "the directory that you named", f"one of {', '.join(there)}", scene.answer, False,
                          NO_SUCH)  # fmt: skip
            return
        named = os.stat(f"{root}{RELEASES}/{answered}")
        # Which one has that number is not said: whoever is wrong is to look.
        yield Finding(
            "inode", f"the inode number of {RELEASES}/{answered} in the sandbox", f"that of {CURRENT}, {now.st_ino}",
            str(named.st_ino), (named.st_dev, named.st_ino) == (now.st_dev, now.st_ino), ANOTHER,
        )  # fmt: skip
