"""A rehearsal runs every cell, says what each raised, keeps what went well, and leaves nothing."""

from __future__ import annotations

import json

import nbformat
import psutil
import pytest

from nslab.talks import check, deck
from nslab.talks.rehearsal import rehearse

pytestmark = pytest.mark.long


@pytest.fixture
def talk(tmp_path):
    cells = [nbformat.v4.new_markdown_cell("# One", metadata={"slideshow": {"slide_type": "slide"}})]
    cells += [nbformat.v4.new_code_cell(source) for source in (
        "import nslab\nnslab.predict('Which?', ['this', 'that'])", "1 / 0", "import os\nos.kill(os.getpid(), 9)", "2",
    )]  # fmt: skip
    file = tmp_path / "own.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), file)
    return deck.read(file)


def test_what_failed_is_told_and_what_went_well_is_kept(talk, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    asked, failed, died = rehearse(talk)
    assert (asked.error, failed.error) == ("", "ZeroDivisionError: division by zero")
    assert died.error == "its kernel died"
    assert 0 < asked.seconds < 60
    report = check.Report(talk, (), (asked, failed, died))
    assert not report.ok
    to = check.prepare(report)
    assert to.read_bytes() == talk.path.read_bytes()
    kept = json.loads((to.parent / "own.last-good.json").read_text())
    assert list(kept["cells"]) == [talk.code[0].id]
    shown = kept["cells"][talk.code[0].id]["outputs"][0]["data"]
    assert "<li>this</li>" in shown["text/html"]
    assert not any("widget" in kind for kind in shown), "nobody holds it any more"
    below = [
        p.info["cmdline"] for p in psutil.process_iter(["cmdline", "ppid"]) if p.info["ppid"] == psutil.Process().pid
    ]
    assert not any("ipykernel_launcher" in " ".join(words or ()) for words in below)
