"""A class of three on a machine of its own, which boot.sh boots: elsewhere these tests are not looked at."""

from __future__ import annotations

import os
import re

import pytest

from nslab.classroom import places
from tests.classroom.tier.learner import Learner, nslab

if not os.environ.get("NSLAB_CLASS_TIER"):
    collect_ignore_glob = ["test_*.py"]

TOML = """learners = ["anna", "ben"]
address = "127.0.0.1"
[limits]
memory = "400M"
cpu = 90
tasks = 150
[weights]
uts-two-names = 3
"""


def passwords(printed):
    """Learner → first password, as `nslab class up` shows them."""
    return dict(re.findall(r"^ (\w+) +(\w{4}-\w{4}-\w{4})", printed, re.MULTILINE))


@pytest.fixture(scope="session")
def people():
    """Who signs in, with the first password; nobody has yet."""
    nslab("class", "init")
    places.SETTINGS.write_text(TOML)
    first = passwords(nslab("class", "up").stdout)
    assert set(first) == {"anna", "ben", "teacher"}
    yield {name: Learner(name, word) for name, word in first.items()}
    nslab("class", "down", "--yes", check=False)


@pytest.fixture(scope="session")
def klass(people):
    """Two of the three learners, who have signed in, and whose servers run; the third comes in a test."""
    learners = {name: people[name] for name in ("anna", "ben")}
    for each in learners.values():
        assert each.sign_in()
        each.web.get("http://127.0.0.1:8000/hub/spawn", timeout=60)
    for each in learners.values():
        assert each.start() == 200
    return learners


@pytest.fixture(scope="session")
def teacher(people):
    """The teacher, who has signed in, and has no server."""
    assert people["teacher"].sign_in()
    return people["teacher"]


@pytest.fixture
def anna(klass):
    return klass["anna"]


@pytest.fixture
def ben(klass):
    return klass["ben"]
