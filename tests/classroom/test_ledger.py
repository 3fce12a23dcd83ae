"""The record of a class: whatever was done to it that was no appending is told."""

from __future__ import annotations

import json
import threading

import pytest

from nslab.classroom import ledger, places

pytestmark = pytest.mark.pure


@pytest.fixture(autouse=True)
def record(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "RECORD", tmp_path / "marks.jsonl")
    monkeypatch.setattr(places, "KEY", tmp_path / "marks.key")
    places.KEY.write_text("17" * 32 + "\n")
    return places.RECORD


def fill(count=4):
    for number in range(count):
        ledger.note(learner="anna", exercise="uts-two-names", what="check", status="not yet", seed=number)


def test_what_is_noted_is_read_again(record):
    fill()
    assert [each["seed"] for each in ledger.entries()] == [0, 1, 2, 3]
    assert record.stat().st_mode & 0o077 == 0
    assert ledger.of("ben", "uts-two-names") == []


def changed(lines):
    line, mac = json.loads(lines[1])
    return [lines[0], json.dumps([line.replace("not yet", "passed"), mac]), *lines[2:]]


@pytest.mark.parametrize("hand", [
    changed,
    lambda lines: [lines[0], *lines[2:]],
    lambda lines: lines[1:],
    lambda lines: [lines[1], lines[0], *lines[2:]],
    lambda lines: [*lines, lines[-1]],
    lambda lines: [*lines, json.dumps([json.loads(lines[0])[0], "0" * 64])],
], ids=["changed", "taken out", "the first taken out", "in another order", "twice", "forged"])  # fmt: skip
def test_a_hand_in_it_is_told(record, hand):
    fill()
    record.write_text("\n".join(hand(record.read_text().splitlines())) + "\n")
    with pytest.raises(ledger.Tampered, match=r"line \d"):
        ledger.entries()
    with pytest.raises(ledger.Tampered):
        fill(1)


def test_another_key_is_told(record):
    fill()
    places.KEY.write_text("18" * 32 + "\n")
    with pytest.raises(ledger.Tampered, match="line 1"):
        ledger.entries()


def test_what_was_cut_short_costs_itself_alone(record):
    fill()
    record.write_bytes(record.read_bytes()[:-20])
    fill(1)
    assert [each["seed"] for each in ledger.entries()] == [0, 1, 2, 0]


def test_many_at_once_lose_nothing():
    threads = [threading.Thread(target=fill, args=(10,)) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(ledger.entries()) == 60


def test_a_seed_is_the_same_each_time_and_differs_from_learner_to_learner():
    seeds = {who: ledger.seed_of(who, "uts-two-names", 1_000_000) for who in ("anna", "ben", "cleo")}
    assert seeds == {who: ledger.seed_of(who, "uts-two-names", 1_000_000) for who in seeds}
    assert len(set(seeds.values())) == 3
