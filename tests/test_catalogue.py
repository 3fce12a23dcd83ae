"""What each subject's about.py says is true of its lesson, of the README, and of the kernel's own names."""

from __future__ import annotations

import ast
import json
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

import nslab
from nslab import cgroups, namespaces, security
from nslab.cgroups.core.knobs import KNOBS
from nslab.container import subjects
from nslab.linux import ns
from nslab.linux.flags import FLAGS
from tests import test_strace

pytestmark = pytest.mark.pure

PROJECT = Path(__file__).resolve().parents[1]
ALL = {
    "namespaces": namespaces.ABOUT,
    "cgroups": cgroups.ABOUT,
    "security": security.ABOUT,
    "container": subjects.ABOUT,
}
SUBJECTS = [(room, name) for room, abouts in ALL.items() for name in abouts]
LESSONS = sorted(path.name for path in (PROJECT / "notebooks").glob("*.ipynb"))


def source(notebook: str, kind: str) -> str:
    """All cells of one kind ("code", "markdown")."""
    cells = json.loads((PROJECT / "notebooks" / notebook).read_text(encoding="utf-8"))["cells"]
    return "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == kind)


@pytest.mark.parametrize("room", ALL)
def test_a_folder_that_has_something_of_a_subject_is_one(room):
    """One without __init__.py, or without about.py, would be left out of every list, and nobody would say so."""
    files = "about.py", "experiment.py", "byhand.sh", "byhand.c"
    folders = {path.parent.name for file in files for path in (PROJECT / "nslab" / room).glob(f"*/{file}")}
    assert folders == set(ALL[room]), "the folder's name is that in its about.py, and it has an __init__.py"


@pytest.mark.parametrize(("room", "name"), SUBJECTS)
def test_a_subject_is_a_folder(room, name):
    folder = PROJECT / "nslab" / room / name
    assert {"about.py", "experiment.py", "byhand.sh", "byhand.c"} <= {path.name for path in folder.iterdir()}
    module = import_module(f"nslab.{room}.{name}")
    assert module.PARTS
    assert callable(module.demo)
    assert (PROJECT / "tests" / room / f"test_{name}.py").exists()
    assert (PROJECT / "tests" / "mutants" / f"{name}.py").exists()


@pytest.mark.parametrize(("room", "name"), SUBJECTS)
def test_its_lesson_runs_it_and_the_readme_lists_the_lesson(room, name):
    lesson = ALL[room][name].lesson
    assert f"{name}.demo(" in source(f"{lesson}.ipynb", "code")
    assert f"(notebooks/{lesson}.ipynb)" in (PROJECT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_lesson_is_in_both_tables_of_lessons(lesson):
    assert f"| {lesson[:2]} | " in (PROJECT / "README.md").read_text(encoding="utf-8")
    assert f"(notebooks/{lesson})" in (PROJECT / "README.md").read_text(encoding="utf-8")
    assert lesson == LESSONS[0] or f"({lesson})" in source(LESSONS[0], "markdown")


def test_every_demo_is_held_against_strace():
    assert set(test_strace.SUBJECTS) == {f"nslab.{room}.{name}" for room, name in SUBJECTS}


def test_places_are_in_order_and_flags_are_the_kernels():
    for abouts in ALL.values():
        assert [about.place for about in abouts.values()] == list(range(1, len(abouts) + 1))
    assert {name: about.flag for name, about in namespaces.ABOUT.items()} == FLAGS
    assert list(namespaces.ABOUT) == list(FLAGS), "the order of the course"


def test_a_flag_is_known_wherever_it_is_named():
    wanted = {flag.name for flag in FLAGS.values()}
    tree = ast.parse(Path(nslab.__file__).read_text(encoding="utf-8"))
    declared = {node.target.id for node in ast.walk(tree) if isinstance(node, ast.AnnAssign)}
    assert {name for name in declared if name.startswith("CLONE_NEW")} == wanted
    assert {name for name in nslab.__all__ if name.startswith("CLONE_NEW")} == wanted
    assert set(ns.OPTIONS) == set(FLAGS), "what a kernel without it is told to be built with"


@pytest.mark.parametrize("name", KNOBS)
def test_a_knob_that_is_a_keyword_is_an_attribute(name):
    """One that is none could be set, and nothing would be written."""
    assert getattr(nslab.Cgroup, name, None) is KNOBS[name]
    assert f"`{name}`" in nslab.Cgroup.__doc__


@pytest.mark.parametrize("name", namespaces.TYPES)
def test_unshare_has_its_option(name):
    known = subprocess.run(["unshare", "--help"], capture_output=True, text=True, check=True).stdout
    for word in namespaces.ABOUT[name].unshare.split():
        if word.startswith("--"):
            assert word in known


def test_what_the_command_says_comes_from_the_catalogue():
    from nslab.cli.demo import help_text, names

    for room, name in SUBJECTS:
        assert name in help_text()
        about = ALL[room][name]
        assert (name, about.isolates if room == "namespaces" else about.does) in names()
