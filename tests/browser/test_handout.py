"""A handout on paper, as Chromium prints it: two pages at most."""

from __future__ import annotations

import re

import pytest

from tests.browser import lab
from tools import handout

pytestmark = pytest.mark.skipif(not lab.HERE, reason="sudo apt-get install chromium")


@pytest.fixture(scope="module")
def paper(chromium):
    with lab.page(chromium) as page:
        yield page


def pages(pdf):
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.parametrize("number", [path.name[:2] for path in handout.LESSONS])
def test_it_is_two_pages_at_most(number, paper):
    paper.set_content(handout.page(number))
    assert 1 <= pages(paper.pdf(prefer_css_page_size=True)) <= 2


def test_a_pdf_is_what_the_command_writes(tmp_path):
    assert handout.main(["02", str(tmp_path / "uts.pdf")]) == 0
    assert 1 <= pages((tmp_path / "uts.pdf").read_bytes()) <= 2
