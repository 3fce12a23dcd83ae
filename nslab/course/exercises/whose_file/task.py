"""A user id on the other side of a map (user_namespaces(7), newuidmap(1))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import idmap

NO_NUMBER = ("Answer with a number: the uid on the machine.",)
ANOTHER = (
    "Each line of /proc/PID/uid_map is: first id inside, first id outside, how many. Which line has the id?",
    "The second line begins at 1 inside, and not at 0.",
    "outside = second number + (id inside - first number), of the line that has the id inside.",
)
UNMAPPED = ("The map has no line for it any more. `nslab reset whose-file` makes it anew.",)


class Task(Exercise):
    """The map is what newuidmap writes: root is the user himself, the others come from his range in /etc/subuid."""

    lesson = "20"
    place = 3
    kind = "reckon"
    answer = "a uid"
    namespaces = ("user",)
    privileged = True

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"inside": draw.randrange(30, 999)}

    def scene(self, stage: Stage) -> None:
        own, begin = stage.draw.randrange(1001, 1999), stage.draw.randrange(2, 30) * 65536
        maps = [(0, own, 1), (1, begin, 65536)]
        stage.sandbox("app", user=True, uid_map=maps, gid_map=maps)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {"app": scene.pid("app")}

    def check(self, scene: Scene) -> Iterator[Finding]:
        inside = int(scene.values["inside"])
        wanted = idmap.outside(idmap.read("uid", scene.pid("app")), inside)
        if wanted is None:
            yield Finding("map", f"the line of uid_map that has {inside}", "there", "absent", False, UNMAPPED)
            return
        answered = scene.answer.strip()
        number = answered.isdecimal()
        yield Finding("number", "what you answered", "a number", answered or "nothing", number, NO_NUMBER)
        if number:
            back = idmap.inside(idmap.read("uid", scene.pid("app")), int(answered))
            shown = "nobody of the container" if back is None else f"the user {back} inside"
            yield Finding("uid", f"who {answered} is in the container", f"the user {inside} inside", shown,
                          int(answered) == wanted, ANOTHER)  # fmt: skip
