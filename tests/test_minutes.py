"""The minutes that lessons name are those that are reckoned, and what is counted for them."""

from __future__ import annotations

import nbformat
import pytest

from tools import minutes

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Two words", 2),
        ("A [link](https://example.org/with/an/address) and `uid_map`.", 4),
        ("![what a picture shows](pictures/one.svg)\n\nOne line", 2),
        ("- **60 %** of it | – |", 3),
    ],
)
def test_words_are_those_that_are_read(text, words):
    assert minutes.words_of(text) == words


def test_what_is_counted_of_a_lesson(tmp_path):
    text, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    cells = [
        text("# Four words of title"), code("import nslab\nfrom nslab.namespaces import uts\n\n%load_ext nslab"),
        code('guess = nslab.predict("q", ["a", "b"])\nguess'), code("uts.demo()"), code("%%bash\nuname -n"),
        code("box.close()"), code("uts.panel()"), text("## Your turn\n\nnot counted"), code('nslab.exercise("x")'),
        text("## Where it bites"),
    ]  # fmt: skip
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "00-lesson.ipynb")
    counted = minutes.counted(tmp_path / "00-lesson.ipynb")
    # Two tables of a demo and one output; a guess and a panel.
    assert (counted.shown, counted.tried) == (3, 2)
    without = counted.words
    nbformat.write(nbformat.v4.new_notebook(cells=[*cells, text("ten more " * 5)]), tmp_path / "00-lesson.ipynb")
    assert minutes.counted(tmp_path / "00-lesson.ipynb").words == without + 10


def test_minutes_are_rounded_upwards():
    assert minutes.Counted(words=130, shown=3, tried=1).minutes(seconds=60) == 5
    assert minutes.Counted(words=130 * 3, shown=3, tried=1).minutes(seconds=1) == 10


@pytest.mark.parametrize("path", minutes.LESSONS, ids=lambda path: path.stem)
def test_a_lesson_says_what_is_reckoned_for_it(path):
    seconds = minutes.measured()[path.name[:2]]
    # One step to either side, so that a sentence more or less is no new number.
    assert abs(minutes.said(path) - minutes.counted(path).minutes(seconds)) <= minutes.STEP


def test_the_table_in_the_docs_is_of_these_lessons():
    assert list(minutes.measured()) == [path.name[:2] for path in minutes.LESSONS]
