"""The panels of capabilities and seccomp without a browser: each asks, runs and compares."""

from __future__ import annotations

from importlib import import_module

import pytest

from nslab.errors import Unsupported
from nslab.experiment.panel import KEPT, MATTERS, OTHER, SAME
from nslab.security import DEMOS
from nslab.security.panel import panel
from tests import livepanel


def lines(made):
    """Key of a line → the words of its row, as they are shown."""
    table = next(block for block in made.shown() if block["kind"] == "table")
    keys = [line.key for line, _ in made._lines]
    rows = [[cell if isinstance(cell, str) else cell.get("text") for cell in row["cells"]] for row in table["rows"]]
    return dict(zip(keys, rows, strict=True))


@pytest.mark.parametrize("subject", DEMOS)
def test_it_asks_for_the_lines_of_each_part_that_runs_here(subject):
    made = import_module(f"nslab.security.{subject}").panel()
    try:
        import_module(f"nslab.security.{subject}").demo(only=made._part)
    except Unsupported as e:
        pytest.skip(str(e))
    with livepanel.living(made):
        assert {line.part for line, _ in made._lines} == {made._part}
        made.do_run()
        assert made.evidence.holds
        assert any(block["kind"] == "html" and "nslab-badge" in block["body"] for block in made.shown())


def test_a_guess_is_told_right_or_wrong():
    made = panel("capabilities")
    with livepanel.living(made):
        number = [line.key for line, _ in made._lines].index("port")
        made.do_guess(f"inside:{number}", SAME)
        made.do_guess(f"after:{number}", KEPT)
        made.do_option("port", "79")
        made.do_run()
        assert lines(made)["port"][1:] == [f"✗ {OTHER}, not {SAME}", f"✓ {KEPT}", MATTERS]


@pytest.mark.pure
def test_another_subject_is_refused():
    with pytest.raises(ValueError, match="subject='uts': choose one of capabilities, seccomp"):
        panel("uts")
