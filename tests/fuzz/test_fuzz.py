"""Forty random situations, always the same ones; `make fuzz` tries three hundred others."""

from __future__ import annotations

import pytest

from tests.fuzz.trial import PATIENCE, possible, wrong

SEEDS = range(1, 41)


@pytest.mark.long
@pytest.mark.timeout(PATIENCE + 60)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_situation(seed):
    situation = possible(seed)
    assert wrong(situation) == [], str(situation)
