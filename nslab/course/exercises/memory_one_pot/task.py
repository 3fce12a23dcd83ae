"""Two groups with half of the memory each, in place of one limit above both (cgroup-v2.rst, "Memory")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.cgroups.core.units import MIB, shown_size
from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

ROLES = ("web", "db")


class Task(Exercise):
    """What counts is what holds on the way up from wherever the two processes are."""

    lesson = "12"
    place = 3
    kind = "mend"
    subsystems = ("memory",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"pot": draw.randrange(64, 256, 8)}

    def scene(self, stage: Stage) -> None:
        shop = stage.group("shop", "memory")
        for role in ROLES:
            half = int(stage.values["pot"]) * MIB // 2
            stage.process(role, ["sleep", "infinity"], where=stage.group(role, parent=shop, memory_max=half))

    def forms(self, scene: Scene) -> Mapping[str, object]:
        groups = {role: scene.group(role) for role in ("shop", *ROLES)}
        (file, none), *_ = look.Group.memory_max.files(groups["shop"], None)
        files = {f"{role}_limit": group.path("memory", file) for role, group in groups.items()}
        return {**files, "none": none, "web": scene.pid("web"), "db": scene.pid("db")}

    def check(self, scene: Scene) -> Iterator[Finding]:
        wanted = int(scene.values["pot"]) * MIB
        groups = {role: look.group_of(scene.pid(role), "memory") for role in ROLES}
        file = look.Group.memory_max.form_of(groups["web"]).file
        for role, group in groups.items():
            least = group.least("memory", "memory_max")
            yield Finding(role, f"the most memory that {role} may have, from its group up", shown_size(wanted),
                          "no limit" if least is None else shown_size(least), least == wanted,
                          _hints(least is not None and least < wanted, file, wanted))  # fmt: skip
        limiting = [
            {above.path("memory") for above in group.upwards("memory") if above.memory_max == wanted}
            for group in groups.values()
        ]
        common = sorted(set.intersection(*limiting))
        together = (
            "Two limits of the whole pot are two pots: both could fill theirs at the same time.",
            "One limit holds for both where it is set in a group that both are below.",
            f"Take the limits of the two away, and write {wanted} to {file} of the group shop.",
        )
        yield Finding("pot", f"the groups above both that have a limit of {shown_size(wanted)}", "one",
                      ", ".join(common) or "none", bool(common), together)  # fmt: skip


def _hints(is_less: bool, file: str, wanted: int) -> tuple[str, ...]:
    if is_less:
        return (
            "A group may have no more than the least of its own limit and those above it.",
            "As long as the two have their halves, a limit above them does not give them more.",
            f"Take the limit away in both ({file}), and set one in the group that they are in.",
        )
    return (
        "Limits count on the way up. Which group are both of them in?",
        f"Write {wanted} to {file} of the group shop.",
    )
