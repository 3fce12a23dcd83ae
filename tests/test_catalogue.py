"""What each subject's about.py says is true of its lesson, of the README, and of the kernel's own names."""

from __future__ import annotations

import json
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

from nslab import cgroups, namespaces
from nslab.linux.flags import FLAGS

pytestmark = pytest.mark.pure

PROJECT = Path(__file__).resolve().parents[1]
ALL = {"namespaces": namespaces.ABOUT, "cgroups": cgroups.ABOUT}
SUBJECTS = [(room, name) for room, abouts in ALL.items() for name in abouts]


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
    cells = json.loads((PROJECT / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8"))["cells"]
    code = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert f"{name}.demo(" in code
    assert f"(notebooks/{lesson}.ipynb)" in (PROJECT / "README.md").read_text(encoding="utf-8")


def test_places_are_in_order_and_flags_are_the_kernels():
    for abouts in ALL.values():
        assert [about.place for about in abouts.values()] == list(range(1, len(abouts) + 1))
    assert {name: about.flag for name, about in namespaces.ABOUT.items()} == FLAGS
    assert list(namespaces.ABOUT) == list(FLAGS), "the order of the course"


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
