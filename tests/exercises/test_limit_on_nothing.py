"""The incident with three causes: the seeds give all of them, and the hints are about the one that is there."""

from __future__ import annotations

import itertools
import os

import pytest

from nslab.course.checking import checker
from nslab.course.checking.exercise import find
from nslab.course.checking.stage import Stage
from nslab.errors import Unsupported

SEEDS = 40
"""In so many the least frequent cause is missing once in ten million times."""


def test_each_cause_comes_up_and_its_hint_is_about_it():
    task = find("limit-on-nothing")
    found = {}
    try:
        lacking = task.unsupported()
        if lacking:
            raise lacking
        causes = {
            "Is the backup in the group",
            "Which one is set",
            *(["Which disk"] if len(os.listdir("/sys/block")) > 1 else []),
        }
        for seed in itertools.takewhile(lambda seed: len(found) < len(causes), range(SEEDS)):
            with Stage(task.name, task.drawn(seed), seed) as stage:
                task.scene(stage)
                scene = stage.scene()
                group, device = scene.group("backup"), scene.notes["device"]
                cause = (
                    "Is the backup in the group" if scene.pid("backup") not in group.procs("blkio")
                    else "Which disk" if device not in group.io_max
                    else "Which one is set"
                )  # fmt: skip
                found[cause] = checker.judged(task, seed, scene).wrong.hints[0]
    except Unsupported as e:
        pytest.skip(str(e))
    assert set(found) == causes
    assert all(cause in hint for cause, hint in found.items()), found
