"""`pip install nslab`: what the wheel has, and the course from it, in an environment that has no clone."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import nbformat
import pytest

pytestmark = pytest.mark.any_user
ROOT = Path(__file__).resolve().parents[2]


def tracked(*where: str) -> list[str]:
    """The files that git has, of a clone that may be another user's."""
    listed = subprocess.run(["git", "-c", "safe.directory=*", "-C", ROOT, "ls-files", "-z", *where],
                            capture_output=True, text=True, check=True).stdout  # fmt: skip
    return [name for name in listed.split("\0") if name and (ROOT / name).exists()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built from what git has, as `python -m build` does it."""
    source, made = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in tracked("nslab", "notebooks", "pyproject.toml", "README.md", "LICENSE"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, source / name)
    built = subprocess.run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", made, source],
                           capture_output=True, text=True)  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    [found] = made.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def bare(wheel, tmp_path_factory) -> Path:
    """An environment with the wheel and what it needs; the packages themselves are those of this run."""
    place = tmp_path_factory.mktemp("bare") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    inside = place / "bin/python"
    install = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", inside, "install", "-q"]
    # Where PYTHONPATH names a clone, pip takes that for what is installed already.
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([*install, "--no-deps", "--no-index", wheel], check=True, env=plain)
    [packages] = place.glob("lib/python*/site-packages")
    # A path that is added like this brings no .pth files of its own, so not the clone either.
    (packages / "others.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n")
    return place


def run(place: Path, home: Path, *command: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, env=environment(place, home), timeout=110, **options)


def environment(place: Path, home: Path) -> dict[str, str]:
    left_out = ("PYTHONPATH", "NSLAB_NOTEBOOKS", "CI", "XDG_DATA_HOME")
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return {**kept, "HOME": str(home), "PATH": f"{place}/bin:{os.environ['PATH']}"}


def open_and_close(place: Path, home: Path, cwd: Path) -> str:
    """`nslab lab` until it has told its address, and Ctrl-C; what it said."""
    started = subprocess.Popen([f"{place}/bin/nslab", "lab", "--no-browser"], cwd=cwd, env=environment(place, home),
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
    said = ""
    try:
        for line in started.stdout:
            said += line
            if "http://127.0.0.1" in line:
                break
    finally:
        started.send_signal(signal.SIGINT)
        said += started.communicate(timeout=60)[0]
    assert re.search(r"http://127\.0\.0\.1:\d+/lab/tree/00-start-here\.ipynb", said), said
    return said


def test_it_has_what_the_clone_has_at_run_time_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    version = wheel.name.split("-")[1]
    lessons = {f"nslab-{version}.data/data/share/nslab/{name}" for name in tracked("notebooks")}
    about = {name for name in names if name.startswith(f"nslab-{version}.dist-info/")}
    assert set(names) - about == {*tracked("nslab"), *lessons}


def test_the_course_opens_from_an_empty_directory(bare, tmp_path):
    home, empty = tmp_path / "home", tmp_path / "empty"
    home.mkdir(), empty.mkdir()
    where = run(bare, home, "python", "-c", "import nslab; print(nslab.__file__)", cwd=empty).stdout
    assert where.startswith(str(bare))
    said = open_and_close(bare, home, empty)
    folder = home / "nslab"
    lessons = {Path(name).name: (ROOT / name).read_bytes() for name in tracked(":(glob)notebooks/*.ipynb")}
    assert f"The lessons are in {folder} ({len(lessons)} came now)" in said
    assert {path.name: path.read_bytes() for path in folder.glob("*.ipynb")} == lessons
    assert list(empty.iterdir()) == []
    pictures = {Path(name).name: (ROOT / name).read_bytes() for name in tracked("notebooks/pictures")}
    assert {path.name: path.read_bytes() for path in (folder / "pictures").iterdir()} == pictures != {}

    mine = lessons["02-uts.ipynb"] + b"\n"
    (folder / "02-uts.ipynb").write_bytes(mine)
    (folder / "03-ipc.ipynb").unlink()
    (folder / "pictures/05-bridge.svg").unlink()
    older = b'{"cells": []}'
    (folder / "04-pid.ipynb").write_bytes(older)
    note = folder / ".nslab-lessons.json"
    note.write_text(json.dumps({**json.loads(note.read_text()), "04-pid.ipynb": hashlib.sha256(older).hexdigest()}))
    said = open_and_close(bare, home, empty)
    assert "(2 came now)" in said, "one was missing, and one came with an older version and was not touched"
    assert (folder / "02-uts.ipynb").read_bytes() == mine, "what a learner wrote was lost"
    assert (folder / "03-ipc.ipynb").read_bytes() == lessons["03-ipc.ipynb"]
    assert (folder / "04-pid.ipynb").read_bytes() == lessons["04-pid.ipynb"]
    assert (folder / "pictures/05-bridge.svg").read_bytes() == pictures["05-bridge.svg"]
    assert "came now" not in open_and_close(bare, home, empty)

    done = run(bare, home, "nslab", "reset", cwd=empty)
    assert done.returncode == 0, done.stderr
    # Blanks at the end are no change to a notebook.
    assert "Nothing to restore" in done.stdout
    (folder / "02-uts.ipynb").write_text("{}")
    assert "Restored: 02-uts" in run(bare, home, "nslab", "reset", cwd=empty).stdout
    assert (folder / "02-uts.ipynb").read_bytes() == lessons["02-uts.ipynb"]


def test_a_lesson_runs_from_it(bare, tmp_path):
    home = tmp_path / "home"
    lesson = home / "nslab/02-uts.ipynb"
    lesson.parent.mkdir(parents=True)
    shutil.copyfile(ROOT / "notebooks/02-uts.ipynb", lesson)
    done = run(bare, home, "python", "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", str(lesson),
               cwd=home)  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    outputs = [output for cell in nbformat.read(lesson, as_version=4).cells for output in cell.get("outputs", ())]
    assert not [output for output in outputs if output.output_type == "error"]
    shown = [output.data.get("text/plain", "") for output in outputs if "data" in output]
    assert any("holds" in text and "web-1" in text for text in shown)


def test_an_exercise_is_done_from_it(bare, tmp_path):
    home = tmp_path / "home"
    home.mkdir()

    def nslab(*words: str) -> subprocess.CompletedProcess[str]:
        return run(bare, home, "nslab", *words, cwd=home)

    begun = nslab("exercises", "net-who-shares")
    try:
        assert "net-who-shares.web" in begun.stdout, begun.stderr
        roles = ("web", "db", "cache")
        assert sorted(nslab("check", "net-who-shares", role).returncode for role in roles) == [0, 1, 1]
        assert "readlink" in nslab("solution", "net-who-shares").stdout
        assert "passed" in nslab("exercises").stdout
    finally:
        assert nslab("exercises", "--end").stdout == "Ended: net-who-shares\n"


def test_a_folder_that_cannot_be_written_says_what_to_do(bare, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "nslab").write_text("a file")
    done = run(bare, home, "nslab", "lab", "--no-browser", cwd=tmp_path)
    assert done.returncode == 2
    assert f"'--notebooks': Directory '{home}/nslab' is a file" in done.stderr
    assert "Traceback" not in done.stderr
