"""The programs of the ten steps are the finished one, as far as it is: nothing is written twice."""

from __future__ import annotations

import ast
import subprocess

import pytest

from nslab.container import steps

pytestmark = pytest.mark.pure
STEPS = range(1, len(steps.TITLES) + 1)


def body(text):
    """What a program does, without its docstring and the names that it imports."""
    return [ast.dump(node) for node in ast.parse(text).body[1:] if not isinstance(node, ast.ImportFrom | ast.Import)]


def test_the_last_step_is_the_finished_program():
    assert body(steps.program(10)) == body(steps.finished("py"))
    finished = [line.partition("  # ")[0] for line in steps.finished("sh").splitlines()]
    assert [line.partition("  # ")[0] for line in steps.program(10, "sh").splitlines()] == finished


@pytest.mark.parametrize("form", ["py", "sh"])
@pytest.mark.parametrize("step", STEPS[:-1])
def test_each_step_only_adds_lines(step, form):
    def said(at):
        text = steps.program(at, form)
        return [line for line in text.splitlines()[4 if form == "py" else 0 :] if line and "import" not in line]

    rest = iter(said(step + 1))
    assert all(line in rest for line in said(step)), "the lines of a step are the next one's, in the same order"
    assert len(said(step)) < len(said(step + 1))


@pytest.mark.parametrize("step", STEPS)
def test_what_a_step_imports_it_uses(step):
    tree = ast.parse(steps.program(step))
    imported = {name.asname or name.name for node in tree.body if isinstance(node, ast.ImportFrom | ast.Import)
                for name in node.names} - {"annotations"}  # fmt: skip
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert imported <= used
    assert {"sys", "clone"} <= imported


@pytest.mark.parametrize("step", STEPS)
def test_a_shell_can_read_each(step):
    assert subprocess.run(["sh", "-n"], input=steps.program(step, "sh"), text=True).returncode == 0


@pytest.mark.parametrize("step", [0, 11, True, "3"])
def test_there_are_ten(step):
    with pytest.raises((ValueError, TypeError), match="step="):
        steps.program(step)
