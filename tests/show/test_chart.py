import csv
import io

import pytest

from nslab.experiment.evidence import Evidence, Reading
from nslab.experiment.expect import AsExpected, Within
from nslab.experiment.samples import Chart, Samples, Series, named
from nslab.show import chart
from nslab.show import evidence as show_evidence
from nslab.show.room import ROOM

pytestmark = pytest.mark.pure

MEASURED = ((0.0, 74.0), (1.0, 75.2))


def made(run="with", part="shares", points=MEASURED):
    drawn = Chart("share of the CPU", "%", (Series("cgrp1", points, 75.0), Series("cgrp2", ())), ((0.5, "now"),), 100.0)
    return named(drawn, part, "weights divide", run == "with")


def evidence(measured=75.2, control=50.0):
    def row(value):
        return (Reading("cgrp1", "cgrp1", "weight 60", 75.0, value, Within(0.5, "points"), part="shares"),)

    return Evidence(
        name="cpu", claim="So it is.", rows=row(measured), control=row(control), standin=False,
        samples=Samples((made(), made("without"))), written=(("cgrp1", "cpu.shares", "614"),),
    )  # fmt: skip


def test_a_reading_holds_within_its_tolerance():
    assert evidence().holds
    assert not evidence(measured=76).holds
    assert not evidence(control=75.1).holds, "without the limit it came out the same"


def test_a_control_that_decides_nothing_may_come_out_as_it_likes():
    for control in (50.0, 75.0):
        rows = (Reading("a", "a", "weight 1", 50.0, 50.1, Within(0.5, "points"), decisive=None),)
        other = (Reading("a", "a", "nothing", 50.0, control, Within(0.5, "points"), decisive=None),)
        assert Evidence(name="x", claim="c", rows=rows, control=other).holds


def test_the_table_of_samples_has_a_row_for_each_value():
    samples = evidence().samples
    rows = list(csv.reader(io.StringIO(samples.csv())))
    assert rows[0] == ["part", "run", "time (s)", "series", "value", "unit"]
    assert rows[1] == ["shares", "with", "0.0", "cgrp1", "74.0", "%"]
    assert len(samples) == len(rows) - 1 == 4
    assert samples.series("cgrp1", "without").points == MEASURED
    with pytest.raises(KeyError, match="no series 'nope'; there are: cgrp1, cgrp2"):
        samples.series("nope")


def test_a_plot_has_measured_lines_and_dashed_expected_ones():
    figure = evidence().plot()
    assert len(figure.axes) == 2
    dashed, solid = figure.axes[0].get_lines()[:2]
    assert list(solid.get_ydata()) == [74.0, 75.2]
    assert list(dashed.get_ydata()) == [75.0, 75.0]
    assert dashed.get_linestyle() != solid.get_linestyle()
    assert figure.axes[0].get_ylabel() == "share of the CPU (%)"
    assert figure.axes[0].get_xlabel() == "time (s)"
    assert {text.get_text() for text in figure.axes[0].texts} == {"cgrp1", " now"}


def test_both_runs_have_one_scale():
    figure = chart.figure(Samples((made(), made("without", points=((0.0, 1.0), (1.0, 2.0))))).to_dict()["charts"])
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()


def test_a_part_that_there_is_not_is_named():
    with pytest.raises(ValueError, match="part='nope': choose one of shares"):
        evidence().plot("nope")
    nothing = Evidence(name="x", claim="c", rows=evidence().rows, control=evidence().control)
    with pytest.raises(ValueError, match="this experiment measured nothing over time"):
        nothing.plot()


def test_the_drawing_has_the_pages_colours_and_a_text_for_those_who_do_not_see_it():
    svg = evidence().plot().svg()
    assert svg.startswith("<svg")
    assert 'role="img"' in svg
    assert "cgrp1 ends at 75.2 %, expected 75 %" in svg
    assert "at 0.50 s: now" in svg
    assert "currentColor" in svg
    assert chart.TEXT not in svg


def test_evidence_shows_chart_columns_and_what_was_written():
    shown = show_evidence.as_html(evidence().to_dict())
    for text in ("<svg", "asked for", "expected", "measured", "The experiment", "The control: without it", "still so?",
                 "cgrp1/cpu.shares = 614"):  # fmt: skip
        assert text in shown
    assert "host before" not in shown
    assert "cgrp1/cpu.shares = 614" in evidence()._repr_mimebundle_()["text/plain"]


def test_as_expected_is_equality():
    assert Reading("a", "a", "x", "EBUSY", "EBUSY", AsExpected()).holds
    assert not Reading("a", "a", "x", "EBUSY", "ok", AsExpected()).holds


def test_for_a_room_the_type_is_large_and_stays_on_the_drawing(monkeypatch):
    for name, value in ROOM.items():
        monkeypatch.setenv(name, value)
    figure = chart.figure(Samples((made(), made("without"))).to_dict()["charts"])
    figure.draw_without_rendering()
    edge = figure.bbox
    for ax in figure.axes:
        words = [ax.title, ax._left_title, ax.xaxis.label, ax.yaxis.label, *ax.texts, *ax.get_xticklabels()]
        for text in (each for each in words if each.get_text()):
            box = text.get_window_extent()
            assert text.get_fontsize() >= 14
            assert edge.x0 <= box.x0, text
            assert box.x1 <= edge.x1, text
            assert edge.y0 <= box.y0, text
            assert box.y1 <= edge.y1, text
