"""A handout on paper, as Chromium prints it: two pages at most."""

from __future__ import annotations

import re

import pytest

from tests.browser import lab
from tools import handout

pytestmark = pytest.mark.skipif(not lab.HERE, reason="sudo apt-get install chromium")


@pytest.mark.parametrize("number", [path.name[:2] for path in handout.LESSONS])
def test_it_is_two_pages_at_most(number, tmp_path):
    pdf = tmp_path / f"{number}.pdf"
    handout.write(number, pdf)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())) <= 2
