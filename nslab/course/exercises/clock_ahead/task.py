"""A time namespace with wrong offsets, which cannot be corrected once a process is in it (time_namespaces(7))."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

from nslab.course.checking import look, words
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import ns

DAY = 86400
NEAR = 1.0
"""Seconds of difference that count as none; the two clocks are read within milliseconds."""
STILL = (
    "Which clocks differ between the container and the machine, and which kind of namespace makes them differ?",
    "Offsets cannot be written any more once a process is in the namespace (EACCES). So it takes another one.",
    "A process that joins the container's UTS namespace alone has the machine's clocks. Or, inside: unshare --time.",
)
AHEAD = (
    "A new time namespace begins with the offsets of the one that it was made in. What was written for this clock?",
    "An offset is against the machine's clock, so 0 is right, and has to be written for both clocks.",
    "nslab enter clock-ahead.service unshare --time --fork --boottime 0 --monotonic 0 sleep 600",
)


class Task(Exercise):
    """The check reads the clocks of processes in the container's UTS namespace and takes the best of the new ones."""

    lesson = "08"
    place = 4
    kind = "mend"
    incident = True
    namespaces = ("time", "uts")

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"host": words.name(draw)}

    def scene(self, stage: Stage) -> None:
        boot, mono = (DAY + 60 * stage.draw.randrange(1, 300) for _ in range(2))
        stage.sandbox("service", uts=True, time=True, hostname=str(stage.values["host"]), boottime=boot, monotonic=mono)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {"service": scene.pid("service")}

    def check(self, scene: Scene) -> Iterable[Finding]:
        service = scene.pid("service")
        old = ns.inodes(service)
        new = {each.ns["time"]: each.pid for each in look.processes()
               if each.ns["uts"] == old["uts"] and each.ns["time"] != old["time"]}  # fmt: skip
        if not new:
            looked = f"the clocks of all processes in the UTS namespace of process {service}"
            boot, mono = look.ahead(service).values()
            raise NotBegun(looked, "those of the machine",
                           f"boottime is {boot:.0f} s ahead, monotonic {mono:.0f} s", *STILL)  # fmt: skip
        return max(map(_seen, new.values()), key=lambda each: sum(finding.right for finding in each))


def _seen(pid: int) -> list[Finding]:
    return [
        Finding(clock, f"the {clock} of process {pid}", "that of the machine",
                f"{seconds:.0f} s ahead" if abs(seconds) > NEAR else "that of the machine", abs(seconds) <= NEAR, AHEAD)
        for clock, seconds in look.ahead(pid).items()
    ]  # fmt: skip
