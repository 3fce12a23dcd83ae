"""A limit on what a process writes to one disk (cgroup-v2.rst, "IO"; blkio-controller.rst)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.cgroups.core.units import MIB, shown_size
from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage


class Task(Exercise):
    """What counts is the limit that holds for the process, wherever it is."""

    lesson = "13"
    place = 1
    subsystems = ("blkio",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"rate": draw.randrange(2, 24)}

    def scene(self, stage: Stage) -> None:
        stage.note("device", stage.disk().numbers)
        stage.process("backup", ["sleep", "infinity"], where=stage.group("nightly", "blkio"))

    def forms(self, scene: Scene) -> Mapping[str, object]:
        group, device = scene.group("nightly"), scene.notes["device"]
        rate = int(scene.values["rate"])
        forms: dict[str, object] = {}
        for form, key, limit in (
            ("write", "wbps", rate * MIB), ("read", "rbps", rate * MIB), ("operations", "wiops", rate),
            ("thousands", "wbps", rate * 10**6),
        ):  # fmt: skip
            (file, line), *_ = look.Group.io_max.files(group, {device: {key: limit}})
            forms |= {f"{form}_file": group.path("blkio", file), f"{form}_line": line}
        return forms

    def check(self, scene: Scene) -> Iterator[Finding]:
        device, pid = scene.notes["device"], scene.pid("backup")
        group, wanted = look.group_of(pid, "blkio"), int(scene.values["rate"]) * MIB
        (file, line), *_ = look.Group.io_max.files(group, {device: {"wbps": wanted}})
        writes = (
            "A limit is written to a file of the group that the process is in. Which is for bytes that are written?",
            f"A line names the disk by its numbers, {device}, and the limit in bytes a second.",
            f"echo '{line}' > {file}, in the directory that is given.",
        )
        limit = group.io_limit(device, "wbps")
        unit = ("There is a limit on it already. The kernel counts bytes a second; a MiB is 1024 × 1024 of them.",)
        yield Finding("writes", f"the most that process {pid} may write to {device}", _a_second(wanted),
                      _a_second(limit), limit == wanted, writes if limit is None else unit + writes[1:])  # fmt: skip
        others = [group.io_limit(device, key) for key in ("rbps", "riops", "wiops")]
        free = (
            "There is a limit that was not asked for: on reading, or on operations.",
            "It goes away when it is set to max (v1: to 0).",
        )
        found = "other limits, too" if any(others) else "no other limit"
        yield Finding("others", f"other limits on what process {pid} does with {device}", "no other limit", found,
                      not any(others), free)  # fmt: skip


def _a_second(limit: int | None) -> str:
    return "no limit" if limit is None else f"{shown_size(limit)} a second ({limit} bytes)"
