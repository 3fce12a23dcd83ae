"""Every talk: built like the others, without outputs, and as long as its name says."""

from __future__ import annotations

import ast

import nbformat
import pytest

from nslab.talks import deck
from tests.test_notebooks import AVOID, NOTEBOOKS

pytestmark = pytest.mark.pure
TALKS = {name: deck.read(deck.find(name)) for name in deck.names()}


def test_there_are_three_and_the_shortest_comes_first():
    assert list(TALKS) == ["5-minutes", "20-minutes", "45-minutes"]


@pytest.mark.parametrize("talk", TALKS.values(), ids=TALKS)
def test_it_is_planned_for_the_minutes_that_it_is_called(talk):
    assert talk.seconds == 60 * int(talk.name.partition("-")[0])
    assert all(20 <= slide.seconds <= 240 for slide in talk.slides)


@pytest.mark.parametrize("talk", TALKS.values(), ids=TALKS)
def test_each_slide_is_one_idea(talk):
    for slide in talk.slides:
        kinds = [cell.cell_type for cell in slide.cells]
        assert kinds in (["markdown"], ["markdown", "code"]), slide.title
        text = slide.cells[0].source
        assert text.startswith(("# ", "## "))
        assert len(text) <= 320, slide.title
        assert not AVOID.search(text + slide.notes + slide.wrong)
        assert slide.notes, slide.title
        assert slide.wrong, slide.title


@pytest.mark.parametrize("talk", TALKS.values(), ids=TALKS)
def test_its_cells_are_short_and_need_no_other(talk):
    for cell in talk.code:
        lines = cell.source.splitlines()
        assert len(lines) <= 6
        assert max(map(len, lines)) <= 110
        tree = ast.parse(cell.source)
        assert isinstance(tree.body[-1], ast.Expr | ast.With), "it shows something"
        # It works after a restart of the kernel, in any order.
        made = {alias.asname or alias.name for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)
                for alias in node.names}  # fmt: skip
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        assert used <= made | stored | {"print"}, cell.source


@pytest.mark.parametrize("talk", TALKS.values(), ids=TALKS)
def test_it_is_committed_without_outputs_and_opens_without_a_question(talk):
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in talk.notebook.cells)
    assert talk.notebook.metadata == nbformat.read(NOTEBOOKS[0], as_version=4).metadata
    ids = [cell.id for cell in talk.notebook.cells]
    assert len(set(ids)) == len(ids)


def test_a_name_that_there_is_not_is_told_which_there_are(tmp_path):
    assert deck.find("5").name == "5-minutes.ipynb"
    with pytest.raises(ValueError, match=r"'6'; choose from 5-minutes, 20-minutes"):
        deck.find("6")
    file = tmp_path / "own.ipynb"
    file.write_text("{")
    assert deck.find(str(file)) == file
    with pytest.raises(ValueError, match="is no notebook"):
        deck.read(file)
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Here")]), file)
    with pytest.raises(ValueError, match="has no slide"):
        deck.read(file)


def test_a_talk_of_ones_own_is_read_by_the_metadata_that_all_tools_share(tmp_path):
    def cell(kind, source):
        return nbformat.v4.new_markdown_cell(source, metadata={"slideshow": {"slide_type": kind}})

    cells = [cell("-", "before"), cell("slide", "# One"), cell("fragment", "more"), cell("skip", "left out"),
             cell("notes", "Say it.\n\nIf it goes wrong: say it again."), cell("subslide", "## Two")]  # fmt: skip
    file = tmp_path / "own.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), file)
    one, two = deck.read(file).slides
    assert [c.source for c in one.cells] == ["# One", "more"]
    assert (one.notes, one.wrong) == ("Say it.", "say it again.")
    assert (two.title, two.notes, two.seconds) == ("Two", "", 0)
