"""Four limits on the way up, one of which is reached (cgroup-v1/pids.rst)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

ROLES = ("site", "shop", "web", "worker", "cron", "mail")


class Task(Exercise):
    """The limit that is reached is drawn among the two in the middle; the smallest limit is another's, and has room."""

    lesson = "14"
    place = 3
    kind = "find"
    answer = "the name of a group"
    subsystems = ("pids",)

    def scene(self, stage: Stage) -> None:
        draw = stage.draw
        site = stage.group("site", "pids")
        shop = stage.group("shop", parent=site)
        web = stage.group("web", parent=shop)
        leaves = {
            "worker": (web, draw.randint(4, 6)),
            "cron": (shop, draw.randint(1, 2)),
            "mail": (site, draw.randint(2, 4)),
        }
        groups = {role: stage.group(role, parent=parent) for role, (parent, _) in leaves.items()}
        for role, (_, count) in leaves.items():
            for number in range(count):
                stage.process(f"{role}-{number}", ["sleep", "infinity"], where=groups[role], told=False)
        groups |= {"site": site, "shop": shop, "web": web}
        full = draw.choice(("web", "shop"))
        for role, group in groups.items():
            group.pids_max = group.pids + _room(role, full, stage)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {role: scene.group(role).path("pids") for role in ROLES}

    def check(self, scene: Scene) -> Iterator[Finding]:
        answered = scene.answered(self.name)
        if answered not in ROLES:
            yield Finding("name", "the group that you named", f"one of {', '.join(ROLES)}", scene.answer, False,
                          ("Answer with the name of a group, as the task has it.",))  # fmt: skip
            return
        group = scene.group(answered)
        most, now = group.pids_max, group.pids
        hints = (
            "A fork counts in the group of the process, and in each one above it. It needs room in all of them.",
            "pids.max says how many there may be, pids.current how many there are, with those further below.",
            "Compare the two numbers in worker, web, shop and site. In one of them they are the same.",
        )
        yield Finding("full", f"the room that the limit of {answered} leaves", "none",
                      "no limit" if most is None else f"{now} of {most} are there", most is not None and now >= most,
                      hints)  # fmt: skip


def _room(role: str, full: str, stage: Stage) -> int:
    """How many more a group may have: none in the one that is full, one where the smallest limit is to be."""
    if role == full:
        return 0
    return 1 if role == "cron" else stage.draw.randint(3, 9)
