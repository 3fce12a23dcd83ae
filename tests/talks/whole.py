"""The 20-minute talk, every cell run on this kernel and exported: `make test-talks`, here and on a pure v2 kernel."""

from __future__ import annotations

import pytest

from nslab.talks import deck
from nslab.talks.export import page
from nslab.talks.rehearsal import rehearse


@pytest.mark.timeout(600)
def test_every_cell_runs_and_what_it_shows_is_on_its_slide(tmp_path):
    talk = deck.read(deck.find("20-minutes"))
    runs = rehearse(talk)
    assert {run.cell: run.error for run in runs if run.error} == {}
    assert [run.cell for run in runs if not run.holds] == []
    assert len(runs) == len(talk.code)
    file = tmp_path / "talk.html"
    page.write(talk, runs, file)
    sections = file.read_text(encoding="utf-8").split("<section>")[1:]
    assert len(sections) == len(talk.slides)
    for slide, section in zip(talk.slides, sections, strict=True):
        ran = any(cell.cell_type == "code" for cell in slide.cells)
        assert ("<footer>measured" in section) == ran
        assert ("output_area" in section) == ran
