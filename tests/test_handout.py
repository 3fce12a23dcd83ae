"""A lesson on paper: it has what is to be filled in, it has no answers, and it loads nothing from elsewhere."""

from __future__ import annotations

import re
from html import unescape

import pytest

from nslab.course.checking.exercise import all_exercises
from nslab.course.glossary import entries
from tools import handout

pytestmark = [pytest.mark.pure, pytest.mark.any_user]

NUMBERS = [path.name[:2] for path in handout.LESSONS]
PARTS = ["The question", "My guess", "What I saw", "By hand, in the shell", "Your turn", "Words"]
LOADS = re.compile(r"""(?:src|href|action)\s*=|@import|url\(""")


@pytest.fixture(scope="module")
def pages():
    return {number: handout.page(number) for number in NUMBERS}


def words(html):
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", html).split()))


@pytest.mark.parametrize("number", NUMBERS)
def test_it_has_its_parts_and_loads_nothing(number, pages):
    titles = re.findall("<h2>(.+?)</h2>", pages[number])
    without = {"Your turn": not any(each.lesson == number for each in all_exercises()),
               "Words": not any(each.lesson == number for each in entries())}  # fmt: skip
    assert titles == [title for title in PARTS if not without.get(title)]
    assert LOADS.findall(pages[number].replace(handout.STYLE, "")) == []


@pytest.mark.parametrize("number", NUMBERS)
def test_it_asks_what_the_lesson_asks(number, pages):
    question, options = handout.guess(handout.sections(handout.find(number)))
    assert len(options) >= 2
    assert pages[number].count("<li>") >= len(options)
    assert question in words(pages[number])


@pytest.mark.parametrize("number", NUMBERS)
def test_there_is_room_for_what_was_seen(number, pages):
    titles = handout.shown(handout.sections(handout.find(number)))
    assert 1 <= len(titles) <= handout.ROWS
    assert pages[number].count("<td></td><td></td><td></td>") == len(titles)


@pytest.mark.parametrize("number", NUMBERS)
def test_each_exercise_is_on_it_and_no_value_is_missing(number, pages):
    for each in all_exercises():
        assert (f"<code>{each.name}</code>" in pages[number]) == (each.lesson == number)
    assert re.findall(r"@\w+@", pages[number]) == []


@pytest.mark.parametrize("number", NUMBERS)
def test_what_the_kernel_said_is_not_on_it(number, pages):
    for part in handout.sections(handout.find(number)):
        if part.title in ("What the kernel said", "And without it"):
            for sentence in re.findall(r"[^.`*\[\]|]{40,}\.", part.text):
                assert sentence.strip() not in words(pages[number])


def test_a_lesson_that_is_not_there_and_a_file_of_another_kind(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert handout.main(["21"]) == 2
    assert "choose one of 00, 01" in capsys.readouterr().err
    assert handout.main(["02", "uts.txt"]) == 2
    assert "ends in .html or .pdf" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert handout.main(["02"]) == 0
    assert capsys.readouterr().out == "02-uts.html\n"
    assert (tmp_path / "02-uts.html").read_text(encoding="utf-8") == handout.page("02")
    assert handout.main([]) == 2
