"""The glossary and the lessons: neither has a word that the other lacks, and a term's first use is marked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from nbformat import read

import nslab
from nslab.course.glossary import KINDS, entries, page

pytestmark = pytest.mark.pure

ROOT = Path(__file__).resolve().parents[2]
LESSONS = {path.name[:2]: read(path, as_version=4).cells for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))}
ERRNO = re.compile(r"\bE[A-Z]{3,}\b")
FILE = re.compile(
    r"/(?:proc|dev|etc)/[\w./-]+"
    r"|\b(?:cgroup|cpu|cpuacct|cpuset|memory|blkio|io|pids|freezer|devices|net_cls|net_prio|hugetlb)\.(?!demo)[a-z_.]+"
)
MARKED = re.compile(r"\*\*[^*\n]+\*\*|(?<!\*)\*[^*\n]+\*(?!\*)")
NO_PROSE = re.compile(
    r"```.*?```"  # a block
    r"|^(?: {4}|\||#).*?$"  # a drawing, a table, a heading
    r"|^!\[[^\]\n]*\]\(pictures/[^)\n]+\)$"  # a picture, and what it shows in words
    r"|`[^`\n]+`"  # code
    r"|(?<=\])\([^)\n]+\)",  # where a link leads
    re.DOTALL | re.MULTILINE,
)


def text(number, kinds=("markdown", "code")):
    return "\n\n".join(cell.source for cell in LESSONS[number] if cell.cell_type in kinds)


def forms(entry):
    return (entry.word, *entry.also)


def uses(entry, where):
    """The places of a word in a text; a word that is a part of another, such as "init" in "initial", is none."""
    return re.finditer(rf"(?<![\w-])(?:{'|'.join(map(re.escape, forms(entry)))})(?![\w-])", where, re.IGNORECASE)


def known(kind):
    return {form for entry in entries() if entry.kind == kind for form in forms(entry)}


@pytest.mark.parametrize("number", LESSONS)
def test_every_errno_and_file_of_a_lesson_is_in_it(number):
    assert set(ERRNO.findall(text(number))) <= known("errno")
    in_code = " ".join(re.findall("`[^`\n]+`", text(number, ["markdown"])))
    assert {found.rstrip(".") for found in FILE.findall(in_code)} <= known("file")


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.word)
def test_its_lesson_uses_the_word(entry):
    assert entry.kind in KINDS
    assert next(uses(entry, text(entry.lesson)), None), f"lesson {entry.lesson} does not say {entry.word}"


@pytest.mark.parametrize("entry", [e for e in entries() if e.kind == "term"], ids=lambda entry: entry.word)
def test_the_first_use_of_a_term_is_marked(entry):
    """In bold or italics, in the first lesson that uses it: there it explains itself. (A title may come before.)"""
    for number, cells in LESSONS.items():
        prose = text(number, ["markdown"]).removeprefix(cells[0].source)
        prose = NO_PROSE.sub(lambda found: " " * len(found[0]), prose)
        first = next(uses(entry, prose), None)
        if first:
            marked = [m for m in MARKED.finditer(prose) if m.start() < first.start() and first.end() < m.end()]
            around = prose[max(0, first.start() - 60) : first.end() + 30].strip()
            assert marked, f"lesson {number}, {entry.word}: …{around}…"
            return
    pytest.fail(f"no lesson explains {entry.word}")


def test_each_means_something_of_its_own_in_one_sentence():
    meanings = [entry.means for entry in entries()]
    assert len(set(meanings)) == len(meanings)
    assert all(re.fullmatch(r"[^.].*\.", means) and ". " not in means.replace("…", "") for means in meanings)


def test_the_page_is_as_the_data_is():
    assert (ROOT / "docs/glossary.md").read_text(encoding="utf-8") == page()


def test_a_word_is_found_in_each_of_its_forms():
    assert [entry.lesson for entry in nslab.glossary("eperm")] == ["02"]
    assert nslab.glossary("cgroups") == nslab.glossary("cgroup") == nslab.glossary("Control Group")
    assert "EPERM" in repr(nslab.glossary("EPERM"))
    assert re.search('<th scope="row"[^>]*>EPERM</th>', nslab.glossary("EPERM")._repr_html_())
    assert nslab.glossary() == entries()
    assert nslab.glossary("EPERM").to_dict()["glossary"][0]["kind"] == "errno"


@pytest.mark.parametrize(
    ("word", "error", "message"),
    [("EPRM", ValueError, "word='EPRM' is not in the glossary; did you mean EPERM"),
     ("memory.mx", ValueError, "did you mean memory.max"),
     ("xyzzyx", ValueError, "word='xyzzyx' is not in the glossary; nslab.glossary\\(\\) has all of them"),
     (5, TypeError, "word=5: give a word")],
)  # fmt: skip
def test_a_word_that_is_not_there_is_answered_with_the_nearest(word, error, message):
    with pytest.raises(error, match=message):
        nslab.glossary(word)
