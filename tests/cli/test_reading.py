"""What only reads makes no directory: for a user of whom nothing was there before."""

import os
import shutil
from pathlib import Path

import pytest

from tests.cases.situation import nslab

UID = 1_000_000 + os.getpid()
AS_NOBODY_BEFORE = ("setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "--inh-caps=-all",
                    "env", "-u", "XDG_RUNTIME_DIR", "-u", "XDG_DATA_HOME", "HOME=/nowhere")  # fmt: skip
PLACES = [Path(place) / f"{name}-{UID}" for place in ("/tmp", "/dev/shm") for name in ("nslab", "nslab-log")]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="it takes root to be a user who was never here")


@pytest.fixture
def made():
    yield lambda: [str(each) for each in PLACES if each.exists()]
    for each in PLACES:
        shutil.rmtree(each, ignore_errors=True)


@pytest.mark.parametrize(
    "argv",
    ["ps", "map", "hierarchies", "log", "exercises", "progress", "glossary EPERM", "enter nobody", "demo nothing",
     "clean", "check uts-two-names", "doctor --help"],
)  # fmt: skip
def test_what_only_reads_makes_no_directory(argv, made):
    nslab(*argv.split(), within=AS_NOBODY_BEFORE, statuses=[0, 1, 2, 69])
    assert made() == []


def test_what_makes_a_session_takes_its_directory_away_and_keeps_no_more_than_its_log(made):
    nslab("demo", "uts", within=AS_NOBODY_BEFORE, statuses=[0, 69])
    assert made() == [f"/tmp/nslab-log-{UID}"]
    nslab("log", within=AS_NOBODY_BEFORE, statuses=[0])
