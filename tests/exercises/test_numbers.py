"""Answers that are numbers, as people write them."""

from __future__ import annotations

import pytest

from nslab.course.checking.numbers import compared, number

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("12.5", 12.5), (" 12,5 ", 12.5), ("7 %", 7.0), ("1.25 euros", 1.25), ("2s", 2.0), ("0", 0.0),
     ("", None), ("a third", None), ("-3", None), ("12.5 ms", None), ("1e3", None), ("nan", None), ("1.2.3", None)],
)  # fmt: skip
def test_a_number_is_read_and_nothing_else_is(answer, expected):
    assert number(answer) == expected


@pytest.mark.parametrize(
    ("said", "there", "more", "expected"),
    [(3, 3, {}, (True, "3")), (3, 2, {}, (False, "fewer than that")), (3, 4, {}, (False, "more than that")),
     (12.5, 12.0, {"off": 0.5}, (True, "12")), (12.5, 11.9, {"off": 0.5}, (False, "less than that")),
     (12.0, 13.25, {"shown": "13.3 %", "off": 1.0}, (False, "more than that")),
     (12.5, 13.25, {"shown": "13.3 %", "off": 1.0}, (True, "13.3 %"))],
)  # fmt: skip
def test_the_number_that_was_found_is_shown_to_whoever_has_it_and_to_others_the_side_on_which_it_lies(
    said, there, more, expected
):
    assert compared(said, there, **more) == expected
