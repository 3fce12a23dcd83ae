"""A talk as one file: all that it shows is in it, and what cannot be written is refused before a cell has run."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from nslab.cli import talk as command
from nslab.errors import Unsupported
from nslab.show.live.panel import RECORDING
from nslab.talks import STAGE, deck
from nslab.talks.export import page, paper
from nslab.talks.rehearsal import Run

pytestmark = pytest.mark.pure
TALKS = {name: deck.read(deck.find(name)) for name in deck.names()}
LOADS = re.compile(r"""(?:src|href|action)\s*=\s*["']?(?!data:|\#)|@import|url\(\s*["']?(?!data:|\#)""")


def runs_of(talk, said="the kernel said so"):
    output = {"output_type": "stream", "name": "stdout", "text": f"{said}\n"}
    return [Run(cell.id, 0.1, (output,)) for cell in talk.code]


@pytest.mark.parametrize("talk", TALKS.values(), ids=TALKS)
def test_each_slide_is_there_and_nothing_is_loaded_from_elsewhere(talk):
    made = page.page(talk, runs_of(talk))
    links = re.sub(r"<a [^>]*>", "", made)
    assert made.count("<section>") == len(talk.slides)
    assert made.count("the kernel said so") == len(talk.code)
    assert LOADS.findall(links) == []
    assert all(slide.title.split("`")[0] in made for slide in talk.slides)


def test_what_the_speaker_reads_is_not_for_the_room():
    talk = TALKS["5-minutes"]
    made = page.page(talk, runs_of(talk))
    assert talk.slides[1].notes[:40] not in made
    assert talk.slides[1].wrong[:40] not in made


def test_a_cell_that_failed_shows_no_output_and_its_slide_no_time():
    talk = TALKS["5-minutes"]
    first, *others = runs_of(talk)
    made = page.page(talk, [Run(first.cell, 0.1, first.outputs, "ValueError: no"), *others])
    assert made.count("the kernel said so") == len(talk.code) - 1
    assert made.count("<footer>measured") == len(talk.code) - 1


@pytest.mark.parametrize(("theme", "light"), [("light", "true"), ("dark", "false")])
def test_it_begins_in_the_theme_that_was_asked_for(theme, light):
    assert f'data-jp-theme-light="{light}"' in page.page(TALKS["5-minutes"], [], theme)


def test_another_theme_is_refused():
    with pytest.raises(ValueError, match="theme='blue': choose one of light, dark"):
        page.page(TALKS["5-minutes"], [], "blue")


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    talk, file = TALKS["5-minutes"], tmp_path / "talk.html"
    file.write_text("as it was")
    monkeypatch.setattr(page, "page", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        page.write(talk, [], file)
    assert [path.name for path in tmp_path.iterdir()] == ["talk.html"]
    assert file.read_text() == "as it was"


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("talk.odp", "give a name that ends in .html or .pdf"),
        ("nowhere/talk.html", "there is no directory nowhere"),
        ("there.html", "that is a directory"),
    ],
)
def test_what_cannot_be_written_is_refused_before_a_cell_has_run(file, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.html").mkdir()
    monkeypatch.setattr(command, "_checked", lambda *_: pytest.fail("a cell has run"))
    done = CliRunner().invoke(command.command, ["5-minutes", "--export", file])
    assert done.exit_code == 2
    assert said in done.output


def test_without_a_browser_the_pdf_says_what_else_can_be_done(tmp_path, monkeypatch):
    monkeypatch.setattr(paper.shutil, "which", lambda _: None)
    with pytest.raises(Unsupported, match="none is installed") as refused:
        paper.write(tmp_path / "talk.html", tmp_path / "talk.pdf")
    assert "apt-get install chromium" in refused.value.mend
    assert list(tmp_path.iterdir()) == []


def test_a_panel_is_played_by_what_it_measured_and_is_a_picture_on_paper():
    talk = TALKS["45-minutes"]
    block = {"kind": "chart", "key": "share", "series": ["</script>"]}
    kept = {"seconds": 8.0, "charts": [{"block": block, "samples": [[0.1, {"</script>": 60.0}, {}]], "marks": []}]}
    output = {"output_type": "display_data", "metadata": {},
              "data": {RECORDING: kept, "text/html": "<p>the picture</p>", "text/plain": "panel"}}  # fmt: skip
    cell = next(cell for cell in talk.code if "cpu.panel" in cell.source)
    made = page.page(talk, [Run(cell.id, 0.1, (output,))])
    inside = re.findall(r'<div class="nslab nslab-recorded"><script type="application/json">(.*?)</script>', made)
    assert [json.loads(each) for each in inside] == [kept]
    assert "<p>the picture</p>" in made
    assert "class LiveChart" in made


def test_the_slides_look_as_on_stage_by_the_same_file():
    made = page.page(TALKS["5-minutes"], [])
    for name in ("look.css", "fit.js"):
        assert (STAGE / "nslab-stage/static" / name).read_text() in made
