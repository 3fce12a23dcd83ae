"""docs/presenting.md: each answer to what audiences ask is a cell that shows something, and stands alone."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.test_habits import ROOT

ASKED = (
    (ROOT / "docs/presenting.md").read_text(encoding="utf-8").partition("## What audiences ask")[2].split("\n## ")[0]
)
CELLS = re.findall(r"```python\n(.*?)```", ASKED, re.DOTALL)


@pytest.mark.pure
def test_each_question_has_one():
    assert len(CELLS) == len(re.findall(r"^\*\*.+?\?\*\*", ASKED, re.MULTILINE)) >= 5
    assert {"Is it secure?", "v1 or v2?", "And Docker?"} <= set(re.findall(r"^\*\*(.+?)\*\*", ASKED, re.MULTILINE))
    assert max(len(cell.splitlines()) for cell in CELLS) <= 7


@pytest.mark.long
def test_each_shows_something():
    for cell in CELLS:
        done = subprocess.run([sys.executable, "-c", cell], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, ""), cell
        assert done.stdout.strip()
