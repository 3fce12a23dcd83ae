"""Answers that are numbers, as people write them."""

from __future__ import annotations

import pytest

from nslab.course.checking.numbers import number

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("12.5", 12.5), (" 12,5 ", 12.5), ("7 %", 7.0), ("1.25 euros", 1.25), ("2s", 2.0), ("0", 0.0),
     ("", None), ("a third", None), ("-3", None), ("12.5 ms", None), ("1e3", None), ("nan", None), ("1.2.3", None)],
)  # fmt: skip
def test_a_number_is_read_and_nothing_else_is(answer, expected):
    assert number(answer) == expected
