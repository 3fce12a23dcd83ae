"""The incident with three causes: the seeds give all of them, and each has a hint of its own."""

from __future__ import annotations

import itertools

import pytest

from nslab.course.checking import checker
from nslab.course.checking.exercise import find
from nslab.course.checking.stage import Stage
from nslab.course.exercises.lost_neighbour.task import HINTS

SEEDS = 40
"""In so many the least frequent cause is missing once in a million times."""


def test_each_cause_comes_up_and_its_hint_is_about_it():
    task = find("lost-neighbour")
    lacking = task.unsupported()
    if lacking:
        pytest.skip(str(lacking))
    keys = {}
    for seed in itertools.takewhile(lambda seed: len(keys) < len(HINTS), range(SEEDS)):
        with Stage(task.name, task.drawn(seed), seed) as stage:
            task.scene(stage)
            wrong = checker.judged(task, seed, stage.scene()).wrong
            keys[wrong.key] = wrong.hints
    assert keys == {f"connection {cause}": hints for cause, hints in HINTS.items()}
