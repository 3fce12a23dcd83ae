"""The README's first screen: a recording that is short and small, and three doors whose commands there are."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner
from PIL import Image

from nslab import cli
from tests.test_habits import ROOT

pytestmark = pytest.mark.pure
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOORS = README.partition("<table>")[2].partition("</table>")[0].split("\n### ")[1:]


def test_it_opens_with_two_sentences_and_a_recording():
    opening, _, rest = README.partition("![")
    said = " ".join(opening.split("\n\n")[1].split())
    assert len(re.findall(r"[.!?](?: |$)", said)) == 2
    words, file = re.match(r"([^\]]+)\]\(([^)]+)\)", rest).groups()
    assert len(words) > 40, "who does not see it is told what it shows"
    with Image.open(ROOT / file) as recording:
        milliseconds = 0
        for number in range(recording.n_frames):
            recording.seek(number)
            recording.load()
            milliseconds += recording.info["duration"]
        assert recording.n_frames > 50
    assert 5_000 < milliseconds <= 15_000
    assert (ROOT / file).stat().st_size <= 2 << 20


def test_there_are_three_doors_each_with_a_picture_and_two_commands_that_there_are():
    assert [door.split("\n")[0] for door in DOORS] == ["Learn alone", "Teach a class", "Give a talk"]
    targets = re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    machines = (ROOT / "Vagrantfile").exists()
    for door in DOORS:
        words, picture = re.search(r"!\[([^\]]+)\]\(([^)]+)\)", door).groups()
        assert words
        assert (ROOT / picture).is_file()
        commands = [line.split("#")[0].split() for line in re.findall(r"^    (.+)$", door, re.MULTILINE)]
        assert len(commands) == 2
        for program, *arguments in commands:
            if program == "make":
                assert arguments[0] in targets
            elif program == "vagrant":
                assert machines
            else:
                words = [program, *arguments][[program, *arguments].index("nslab") + 1 :]
                assert CliRunner().invoke(cli.main, [*words, "--help"]).exit_code == 0, words
