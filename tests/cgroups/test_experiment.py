"""How the parts of a demo are run: what speaks against a claim is measured again, and told."""

from __future__ import annotations

import pytest

from nslab.errors import Unsupported
from nslab.experiment.evidence import Reading
from nslab.experiment.expect import AsExpected, NothingElse
from nslab.experiment.parts import Part, Seen
from nslab.experiment.run import TRIES, run

pytestmark = pytest.mark.pure


def measuring(treated_values, control_value=50):
    """A part that measures these values, one after the other, and how often it was asked to."""
    asked = []

    def observe(treated):
        asked.append(treated)
        measured = treated_values[asked.count(True) - 1] if treated else control_value
        return Seen(rows=[Reading("share", "its share", "weight 300", 75, measured, AsExpected())])

    return Part("shares", "weights divide", observe), asked


@pytest.fixture
def part_of(monkeypatch):
    monkeypatch.setattr("nslab.experiment.run.form", lambda *_: "")
    return lambda part, **how: run("nslab.cgroups.cpu", "weights divide", [part], None, {}, **how)


def test_what_holds_is_measured_once(part_of):
    part, asked = measuring([75])
    evidence = part_of(part)
    assert evidence.holds
    assert asked == [True, False]
    assert evidence.notes == ()


def test_what_was_disturbed_is_measured_again_with_its_control(part_of):
    part, asked = measuring([71, 75])
    evidence = part_of(part)
    assert evidence.holds
    assert asked == [True, False] * 2
    (note,) = evidence.notes
    assert note == (
        "shares: measured again, since at first this spoke against it: "
        "its share: asked 'weight 300', expected 75, measured 71, which is not 'as expected'"
    )


@pytest.mark.parametrize(("values", "control"), [([71] * TRIES, 50), ([75] * TRIES, 75)])
def test_what_never_holds_does_not_hold(part_of, values, control):
    part, asked = measuring(values, control)
    evidence = part_of(part)
    assert not evidence.holds
    assert len(evidence.rows) == 1
    assert asked == [True, False] * TRIES
    assert len(evidence.notes) == 1


def test_where_no_part_can_run_each_reason_is_told_once():
    def refuse(treated):
        raise Unsupported("a mount", "it asks for root", "run it as root")

    def refuse_too(treated):
        raise Unsupported("a disk", "there is none", "add one")

    parts = [Part(name, name, observe) for name, observe in (("one", refuse), ("two", refuse), ("three", refuse_too))]
    with pytest.raises(Unsupported) as caught:
        run("nslab.cgroups.rules", "claim", parts, None, {})
    assert caught.value.why == "one, two: a mount: it asks for root; three: a disk: there is none"
    assert caught.value.mend == "run it as root; or: add one"


@pytest.mark.parametrize(
    ("measured", "verdict"), [("1", True), ("0 1", True), ("0 1 2", False), ("2", False), ("", False)]
)
def test_nothing_else_needs_something(measured, verdict):
    row = Reading("cpus", "CPUs it ran on", "cpus 0 1", "0 1", measured, NothingElse())
    assert row.holds is verdict
    assert Reading.from_dict(row.to_dict()) == row


def test_what_does_not_measure_is_not_tried_again(part_of):
    part, asked = measuring([71, 75])
    assert not part_of(part, measures=False).holds
    assert asked == [True, False]
