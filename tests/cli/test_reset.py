"""`nslab reset`: the lessons as they came, and the learner's work kept."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2]
GIT = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}


def reset(*argv, **environ):
    return subprocess.run(
        [sys.executable, "-m", "nslab", "reset", *argv],
        capture_output=True, text=True, timeout=60, env={**os.environ, **environ},
    )  # fmt: skip


def git(directory, *argv):
    subprocess.run(["git", "-C", directory, *argv], check=True, capture_output=True, env={**os.environ, **GIT})


@pytest.fixture
def lessons(tmp_path):
    """A learner's directory, away from the package, whose own lessons are those to restore."""
    return Path(shutil.copytree(PACKAGE / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns("my-*")))


def write(file):
    """What JupyterLab does to a lesson that is run."""
    notebook = json.loads(file.read_text())
    notebook["cells"].append({"cell_type": "markdown", "metadata": {}, "source": ["mine"], "id": "mine"})
    file.write_text(json.dumps(notebook, indent=1))
    return file.read_text()


def kept(directory):
    [found] = directory.glob("my-work-*")
    return {path.name: path.read_text() for path in found.iterdir()}


@pytest.mark.pure
def test_what_was_changed_is_restored_and_what_was_there_is_kept(lessons):
    mine = write(lessons / "02-uts.ipynb")
    (lessons / "03-ipc.ipynb").write_text("{ half a")
    (lessons / "04-pid.ipynb").unlink()
    (lessons / "own.ipynb").write_text("{}")
    done = reset("--notebooks", str(lessons))
    assert done.returncode == 0, done.stderr
    assert "Restored: 02-uts, 03-ipc, 04-pid\n" in done.stdout
    assert kept(lessons) == {"02-uts.ipynb": mine, "03-ipc.ipynb": "{ half a"}
    for path in PACKAGE.glob("notebooks/*.ipynb"):
        assert (lessons / path.name).read_bytes() == path.read_bytes()
    assert (lessons / "own.ipynb").read_text() == "{}"
    again = reset("--notebooks", str(lessons))
    assert again.stdout == "Nothing to restore: the lessons are as they came.\n"
    assert len(list(lessons.glob("my-work-*"))) == 1


@pytest.mark.pure
@pytest.mark.parametrize("name", ["2", "02", "02-uts", "notebooks/02-uts.ipynb"])
def test_only_those_that_are_named(lessons, name):
    write(lessons / "02-uts.ipynb")
    other = write(lessons / "03-ipc.ipynb")
    assert "Restored: 02-uts\n" in reset(name, NSLAB_NOTEBOOKS=str(lessons)).stdout
    assert (lessons / "03-ipc.ipynb").read_text() == other


@pytest.mark.pure
def test_a_lesson_comes_back_with_its_pictures(lessons):
    pictures = lessons / "pictures"
    shutil.rmtree(pictures)
    write(lessons / "05-net.ipynb")
    assert "Restored: 05-net, 05-bridge, 05-ports\n" in reset("5", NSLAB_NOTEBOOKS=str(lessons)).stdout
    assert {path.name for path in pictures.iterdir()} == {"05-bridge.svg", "05-ports.svg"}
    (pictures / "05-ports.svg").write_text("mine")
    assert reset("--notebooks", str(lessons)).returncode == 0
    for path in PACKAGE.glob("notebooks/pictures/*.svg"):
        assert (pictures / path.name).read_bytes() == path.read_bytes()
    assert [path.read_text() for path in lessons.glob("my-work-*/pictures/*")] == ["mine"]


@pytest.mark.pure
def test_the_line_ends_of_windows_are_no_change(lessons):
    file = lessons / "02-uts.ipynb"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert "Nothing to restore" in reset("--notebooks", str(lessons)).stdout


@pytest.mark.pure
def test_twice_in_a_second_keeps_both(lessons):
    for _ in range(2):
        write(lessons / "02-uts.ipynb")
        assert reset("--notebooks", str(lessons)).returncode == 0
    assert len(list(lessons.glob("my-work-*"))) == 2


@pytest.mark.pure
@pytest.mark.parametrize(
    ("argv", "status", "message"),
    [
        (["99"], 2, "no lesson is called '99'; choose from 00-start-here, 01-clone"),
        (["own"], 2, "no lesson is called 'own'"),
        (["--notebooks", "/nowhere"], 1, "there is no /nowhere/00-start-here.ipynb"),
        (["--notebooks", "/etc"], 1, "there is no /etc/00-start-here.ipynb"),
        (["--notebooks", "/etc/passwd"], 2, "/etc/passwd"),
    ],
)
def test_bad_usage_is_named(argv, status, message):
    done = reset(*argv)
    assert (done.returncode, done.stdout) == (status, "")
    assert message in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_where_it_may_not_write_it_says_so(lessons):
    mine = write(lessons / "02-uts.ipynb")
    lessons.chmod(0o555)
    done = reset("--notebooks", str(lessons))
    lessons.chmod(0o755)
    assert done.returncode == 1
    assert "Permission denied" in done.stderr
    assert (lessons / "02-uts.ipynb").read_text() == mine


@pytest.fixture
def project(tmp_path):
    """A copy of the project, whose `nslab` finds the lessons beside itself."""
    shutil.copytree(PACKAGE / "nslab", tmp_path / "nslab", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PACKAGE / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns("my-*"))
    return tmp_path


def reset_in(project, **environ):
    return subprocess.run(
        [sys.executable, "-m", "nslab", "reset"], cwd=project, capture_output=True, text=True, timeout=60,
        env={"PATH": os.environ["PATH"], "HOME": str(project), **environ},
    )  # fmt: skip


@pytest.mark.pure
def test_in_a_repository_git_knows_the_lessons(project):
    git(project, "init", "-q")
    git(project, "add", "notebooks")
    git(project, "commit", "-q", "-m", "as they came")
    assert "Nothing to restore" in reset_in(project).stdout
    mine = write(project / "notebooks/02-uts.ipynb")
    (project / "notebooks/pictures/00-process.svg").unlink()
    done = reset_in(project)
    assert "Restored: 02-uts, 00-process\n" in done.stdout, done.stderr
    assert (project / "notebooks/pictures/00-process.svg").exists()
    assert kept(project / "notebooks") == {"02-uts.ipynb": mine}
    assert (project / "notebooks/02-uts.ipynb").read_bytes() == (PACKAGE / "notebooks/02-uts.ipynb").read_bytes()


@pytest.mark.pure
def test_without_a_repository_it_says_what_is_missing(project):
    mine = write(project / "notebooks/02-uts.ipynb")
    done = reset_in(project, GIT_CEILING_DIRECTORIES=str(project.parent))
    assert done.returncode == 1
    assert "git says: fatal: not a git repository" in done.stderr
    assert "Get a fresh copy of the project" in done.stderr
    without = reset_in(project, PATH="/nowhere")
    assert "It takes git (sudo apt-get install git)" in without.stderr
    assert (project / "notebooks/02-uts.ipynb").read_text() == mine
