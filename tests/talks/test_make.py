"""A talk of one's own from slides by name: a notebook that is read as a talk, whose cells need no other."""

from __future__ import annotations

import ast
import builtins

import pytest
from click.testing import CliRunner

from nslab.cli import talk as command
from nslab.talks import deck, make

pytestmark = pytest.mark.pure


@pytest.fixture(scope="module")
def slides():
    return make.slides()


def run(*words):
    return CliRunner().invoke(command.command, ["new", *words])


def test_slides_of_lessons_and_talks_have_names(slides):
    for name in ("02/run-it", "02/guess-first", "12/run-it", "20-minutes/root-and-nobody-special"):
        assert name in slides
    assert not any(name.endswith("/your-turn") for name in slides), "an exercise is the learner's"


def missing(source):
    """What a cell uses that is made nowhere in it."""
    nodes = list(ast.walk(ast.parse(source)))
    made = {alias.asname or alias.name.split(".")[0] for node in nodes for alias in getattr(node, "names", [])
            if isinstance(alias, ast.alias)}  # fmt: skip
    made |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    made |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    made |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return {node.id for node in nodes if isinstance(node, ast.Name)} - made - set(dir(builtins))


def test_a_cell_needs_no_other(slides):
    python = {
        name: cell.source
        for name, cells in slides.items()
        for cell in cells
        if cell.cell_type == "code" and not cell.source.startswith("%%")
    }
    assert len(python) > 100
    assert {name: missing(source) for name, source in python.items() if missing(source)} == {}


def test_it_is_a_talk_with_a_slide_for_each_name_and_one_at_each_end(tmp_path):
    file = tmp_path / "my-own.ipynb"
    done = run(str(file), "02/run-it", "20-minutes/root-and-nobody-special", "02/run-it")
    assert done.exit_code == 0, done.output
    talk = deck.read(file)
    assert [slide.title for slide in talk.slides] == [
        "My own", "UTS: a name of one's own: Run it", "Root, and nobody special", "UTS: a name of one's own: Run it",
        "Questions?",
    ]  # fmt: skip
    assert all(slide.notes and slide.wrong and slide.seconds for slide in talk.slides)
    assert len({cell.id for cell in talk.notebook.cells}) == len(talk.notebook.cells)
    assert talk.code[0].source.startswith("from nslab.namespaces import uts\nevidence = uts.demo(")
    again = run(str(file), "02/run-it")
    assert again.exit_code == 2
    assert "is there already" in again.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("mine.ipynb", "02/nothing"), "no slide is called '02/nothing'; choose from 02/guess-first, 02/run-it"),
        (("mine.txt", "02/run-it"), "give the new talk a name that ends in .ipynb"),
        (("mine.ipynb",), "which slides are to be in mine.ipynb?"),
        (("nowhere/mine.ipynb", "02/run-it"), "nowhere/mine.ipynb: No such file or directory"),
    ],
)
def test_what_cannot_be_made_is_told_and_nothing_is_written(words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(*words)
    assert done.exit_code in (1, 2)
    assert said in done.output
    assert list(tmp_path.iterdir()) == []


def test_without_a_file_the_names_are_listed_and_a_second_talk_is_refused():
    assert "02/run-it" in run().output
    done = CliRunner().invoke(command.command, ["5-minutes", "20-minutes"])
    assert done.exit_code == 2
    assert "nslab talk new FILE SLIDE" in done.output
