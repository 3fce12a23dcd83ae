"""What makes it a project that others can join: the pages, the hooks, the issue forms, each of them true."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml

from nslab.cgroups import ABOUT as SUBSYSTEMS
from nslab.namespaces import ABOUT as TYPES
from nslab.security import ABOUT as MECHANISMS
from tests import bounds

pytestmark = pytest.mark.pure
ROOT = Path(__file__).resolve().parents[1]
HOOKS = {
    hook["id"]: hook
    for repo in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    for hook in repo["hooks"]
}
FORMS = [path for path in sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml")) if path.name != "config.yml"]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_changelog_has_this_version_and_what_comes_next():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    titles = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert titles[0] == "Unreleased"
    assert titles[1].split()[0] == version
    assert len(titles) == len(set(titles))


def test_the_hooks_are_local_and_their_programs_are_those_of_the_tests():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert [repo["repo"] for repo in config["repos"]] == ["local"], "any other is fetched when somebody commits"
    for hook in HOOKS.values():
        program = shlex.split(hook["entry"])[0]
        assert hook["language"] == "system"
        assert (Path(sys.executable).parent / Path(program).name).exists() or shutil.which(program), program
    program = [sys.executable, "-m", "pre_commit", "validate-config", str(ROOT / ".pre-commit-config.yaml")]
    assert subprocess.run(program, capture_output=True, text=True, check=False).returncode == 0


@pytest.mark.long
def test_a_notebook_is_stripped_and_otherwise_left_alone(tmp_path):
    lesson = ROOT / "notebooks/02-uts.ipynb"
    notebook = nbformat.read(lesson, as_version=4)
    cell = next(cell for cell in notebook.cells if cell.cell_type == "code")
    cell.outputs = [nbformat.v4.new_output("stream", text="what the kernel said")]
    cell.execution_count = 3
    changed = tmp_path / "lesson.ipynb"
    nbformat.write(notebook, changed)
    program = shlex.split(HOOKS["nbstripout"]["entry"])
    program[0] = str(Path(sys.executable).parent / Path(program[0]).name)
    subprocess.run([*program, changed], check=True, timeout=60)
    assert json.loads(changed.read_text()) == json.loads(lesson.read_text())


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.stem)
def test_each_issue_form_asks_for_what_doctor_says(form):
    fields = yaml.safe_load(form.read_text())["body"]
    asked = {field["id"]: field for field in fields if field["type"] != "markdown"}
    assert "nslab doctor --json" in asked["doctor"]["attributes"]["label"]
    assert asked["doctor"]["attributes"]["render"] == "json"


def test_architecture_opens_with_every_folder():
    tree = (ROOT / "docs/architecture.md").read_text().partition("## The house")[2].split("\n## ")[0]
    folders = [path.parent for path in (ROOT / "nslab").rglob("__init__.py")]
    folders = [path for path in folders if path.parent.name != "exercises"]
    ours = {path.name for path in folders if path != ROOT / "nslab"} - {*TYPES, *SUBSYSTEMS, *MECHANISMS}
    assert [name for name in sorted(ours) if f"{name}/" not in tree] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_what_a_page_points_to_is_there(page):
    text = page.read_text()
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
        file, _, anchor = target.partition("#")
        there = (page.parent / file) if file else page
        assert there.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.+)$", there.read_text(), re.MULTILINE)
            assert anchor in [re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles], target


def test_contributing_names_targets_that_make_has():
    targets = re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = re.findall(r"`make ([a-z0-9-]+)", (ROOT / "CONTRIBUTING.md").read_text())
    assert set(named) <= set(targets)


BY_HAND = {"anywhere", "fuzz", "mutants", "vm"}
"""Rooms of what is started by hand alone."""


def test_what_has_to_come_about_has_time_to():
    found = {
        f"{path.relative_to(ROOT)}:{line}": source
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if path.relative_to(ROOT / "tests").parts[0] not in BY_HAND
        for line, source in bounds.close(ast.parse(path.read_text()))
    }
    assert found == {}, f"give it {bounds.SLACK:.0f} s or more; where a time is what is tested, mark it `measured`"


@pytest.mark.parametrize("bound", [
    "child.wait(5)", "child.result(timeout=2)", "wait_until(gone, 2)", "end = time.monotonic() + 2",
    "assert time.monotonic() - began < 2", "with held:\n    process.communicate(timeout=3)",
])  # fmt: skip
def test_a_bound_without_slack_is_seen(bound):
    assert list(bounds.close(ast.parse(bound)))
    for other in ("@pytest.mark.measured\ndef test():", "with pytest.raises(TimeoutError):"):
        assert not list(bounds.close(ast.parse(f"{other}\n{textwrap.indent(bound, ' ')}")))
