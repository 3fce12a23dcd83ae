"""A broken demo does not hold: one variant of each here, all of them by `make mutate`."""

from __future__ import annotations

from importlib import import_module

import pytest

from nslab.course.demos import ROOMS
from tests.mutants import ROOT, of
from tests.mutants._run import run

NAMES = {name: room for room, names in ROOMS.items() for name in names}
LEAST = 4
"""Variants of each part."""


@pytest.mark.pure
@pytest.mark.parametrize("name", NAMES)
def test_each_part_has_enough_variants_and_each_is_one(name):
    mutants = of(name)
    for part in import_module(f"nslab.{NAMES[name]}.{name}").PARTS:
        assert sum(m.part == part.name for m in mutants) >= LEAST, f"{part.name} has fewer than {LEAST} variants"
    for mutant in mutants:
        text = (ROOT / mutant.edit.file).read_text(encoding="utf-8")
        assert text.count(mutant.edit.old) == 1, f"{mutant.part}, {mutant.about}: {mutant.edit.old!r} has to stand once"
        assert mutant.edit.old != mutant.edit.new


@pytest.mark.any_user
@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_a_variant_is_noticed(name):
    mutant = next(m for m in of(name) if not m.survives)
    outcome = run(name, mutant)
    if outcome.verdict == "unsupported":
        pytest.skip(outcome.said)
    assert outcome.verdict == "caught", f"{mutant.part}, {mutant.about}: {outcome.verdict} {outcome.said}"
