"""Random situations, always the same ones; `make fuzz` tries three hundred others."""

from __future__ import annotations

import pytest

from tests.fuzz.draw import ROOT
from tests.fuzz.trial import PATIENCE, possible, wrong

SEEDS = range(1, 41 if ROOT else 6)
"""Fewer for an ordinary user: he can be somebody else in fewer ways, and has nothing taken away by mounts."""


@pytest.mark.long
@pytest.mark.timeout(PATIENCE + 60)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_situation(seed):
    situation = possible(seed)
    assert wrong(situation) == [], str(situation)
