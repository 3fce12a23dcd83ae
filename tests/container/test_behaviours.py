"""Each row of the table of docs/container.md, asked of our own container."""

from __future__ import annotations

import os
import re

import pytest

from nslab.container.container import Container
from tests.container.behaviours import ROWS


@pytest.fixture(scope="module")
def ask(root, tmp_path_factory):
    """What a shell in a container answers."""
    outside = tmp_path_factory.mktemp("volumes")
    for name in ("data", "ro"):
        (outside / name).mkdir()
    (outside / "data" / "file").write_text("from outside\n")
    (outside / "one").write_text("one file\n")
    container = Container(
        root, hostname="box", env={"GIVEN": "this"}, limits={"nofile": 512}, oom_score_adj=500,
        volumes={str(outside / "data"): "/data", str(outside / "ro"): "/ro:ro", str(outside / "one"): "/etc/one:ro"},
    )  # fmt: skip
    os.environ["SECRET"] = "of the caller"
    yield lambda script: container.run(["/bin/sh", "-c", script], timeout=60)
    del os.environ["SECRET"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.room}-{row.what}".replace(" ", "-"))
def test_it_behaves(row, ask):
    answer = ask(row.ask)
    assert re.fullmatch(row.wanted, answer.stdout.rstrip("\n")), (answer.stdout, answer.stderr)


@pytest.mark.pure
def test_there_are_enough_and_each_is_asked_once():
    assert len(ROWS) >= 80
    assert len({row.what for row in ROWS}) == len(ROWS)
