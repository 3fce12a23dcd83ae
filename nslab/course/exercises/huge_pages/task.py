"""A limit on huge pages that was written in pages, where the kernel counts bytes (hugetlb.rst; cgroup-v2.rst)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from nslab.cgroups.core.knobs import HUGE_MAX
from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import hugepage


class Task(Exercise):
    """What counts is the least limit from the group of the process up, in whole pages of the default size."""

    lesson = "15"
    place = 2
    kind = "mend"
    subsystems = ("hugetlb",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"pages": draw.randrange(8, 60), "size": _size() >> 10}

    def scene(self, stage: Stage) -> None:
        pages = int(stage.values["pages"])
        team = stage.group("team", "hugetlb")
        _limit().set(team, (pages + stage.draw.randrange(8, 40)) * _size())
        database = stage.group("database", parent=team)
        # In bytes this is less than a page, of which the kernel makes none.
        _limit().set(database, pages)
        stage.note("team", _limit().of(team))
        stage.process("database", ["sleep", "infinity"], where=database)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        file = _limit().form_of(scene.group("team")).file
        pages = int(scene.values["pages"])
        return {
            "file": scene.group("database").path("hugetlb", file),
            "team_file": scene.group("team").path("hugetlb", file),
            "bytes": pages * _size(), "thousands": pages * int(scene.values["size"]) * 1000,
            "pid": scene.pid("database"), "procs": scene.group("team").path("hugetlb", "cgroup.procs"),
        }  # fmt: skip

    def check(self, scene: Scene) -> Iterator[Finding]:
        pages, team = int(scene.values["pages"]), scene.group("team")
        kept, agreed = _limit().of(team), scene.notes["team"]
        changed = (f"It is not yours to change. It was {agreed} bytes.",)
        yield Finding("team", "the limit of team", _in_pages(agreed), _in_pages(kept), kept == agreed, changed)
        group = look.group_of(scene.pid("database"), "hugetlb")
        limits = [_limit().of(each) for each in group.upwards("hugetlb") if _limit().is_there(each)]
        least = min((each for each in limits if each is not None), default=None)
        hints = (
            "What unit is the number in that stands in the file? And what did the kernel make of it?",
            f"The kernel counts in bytes, and rounds down to whole pages. A page has {_size()} bytes here.",
            f"echo {pages * _size()} > {_limit().form_of(team).file}, in the directory of the group database.",
        )
        yield Finding("database", "what database may have, from its group up", _in_pages(pages * _size()),
                      _in_pages(least), least == pages * _size(), hints)  # fmt: skip


def _size() -> int:
    """Bytes of a huge page of the default size; where the kernel has none, the task says so (`subsystems`)."""
    return hugepage.meminfo().get("Hugepagesize", 2 << 20)


def _limit() -> Any:
    return HUGE_MAX.given(size=hugepage.size_in_names(_size()))


def _in_pages(limit: int | None) -> str:
    return "no limit" if limit is None else f"{limit // _size()} huge pages"
