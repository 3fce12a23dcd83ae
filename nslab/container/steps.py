"""The ten steps of lesson 19: the programs by hand as they are after each, made from the finished ones.

A line of those says with which step it comes ("# 3" at its end); one that opens a block says it for the block. A line
that says nothing is there from the first.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tempfile
from importlib import resources

from nslab.container import rootfs
from nslab.errors import checked_whole
from nslab.lab.power import privilege, settings

TITLES = (
    "fork and exec",
    "names of its own",
    "pids of its own, and /proc",
    "a root of its own",
    "layers",
    "a network with a way out",
    "ids",
    "limits",
    "capabilities and seccomp",
    "an init",
)
"""What each step adds, the first first."""
FILES = {"py": "byhand.py", "sh": "byhand.sh", "c": "byhand.c"}
"""Form → the finished program, in this package. That in C has no steps."""
OWN_USER = 7
"""The step with which the program makes its user namespace itself."""
AS_ROOT = ("unshare", "--user", "--map-root-user")
"""What makes one before, for whoever is not root."""
_MARK = re.compile(r"  # (\d+)$")


def program(step: int, form: str = "py") -> str:
    """The program as it is after a step. Raises TypeError, ValueError for a step that is none of 1 to 10."""
    checked_whole("step", step, 1, len(TITLES))
    kept = "\n".join(_kept(finished(form).split("\n"), step))
    return _without_idle_imports(_headed(kept, step)) if form == "py" else kept


def finished(form: str) -> str:
    """The program after the last step, in a form of FILES, with its numbers."""
    return resources.files(__package__).joinpath(FILES[form]).read_text(encoding="utf-8")


def _kept(lines: list[str], step: int) -> list[str]:
    """The lines up to a step, without their numbers."""
    kept: list[str] = []
    blocks: list[tuple[int, int]] = []  # how far its head is indented, and its step
    for line in lines:
        mark = _MARK.search(line)
        text = line[: mark.start()] if mark else line
        indent = len(line) - len(line.lstrip())
        ends = line.strip().split(" ")[0] in ("fi", "done")
        while blocks and line.strip() and (indent < blocks[-1][0] or (indent == blocks[-1][0] and not ends)):
            blocks.pop()
        own = max([int(mark[1]) if mark else 1, *(of for _, of in blocks)])
        if mark and text.endswith((":", "{", "then", "do", "else")):
            blocks.append((indent, int(mark[1])))
        elif ends and blocks and indent == blocks[-1][0]:
            blocks.pop()
        if own <= step:
            kept.append(text)
    return _spaced(kept)


def _spaced(lines: list[str]) -> list[str]:
    """Without the blank lines of what has been left out: two at most in a row."""
    return [line for i, line in enumerate(lines) if line or lines[max(0, i - 2) : i] != ["", ""]]


def _headed(text: str, step: int) -> str:
    """With a first line that says which step it is."""
    rest = text.partition('"""\n\n')[2]
    return (f'"""A container from its parts, as of step {step}: {TITLES[step - 1]}.\n\n'
            f'Run it: python container.py ROOTFS COMMAND...\n"""\n\n{rest}')  # fmt: skip


def _without_idle_imports(text: str) -> str:
    """Without the names that only later steps use."""
    tree = ast.parse(text)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    lines: list[str | None] = list(text.split("\n"))
    for node in tree.body:
        if not isinstance(node, ast.Import | ast.ImportFrom) or (
            isinstance(node, ast.ImportFrom) and node.module == "__future__"
        ):
            continue
        node.names = [name for name in node.names if (name.asname or name.name) in used]
        lines[node.lineno - 1] = ast.unparse(node) if node.names else None
    return "\n".join(line for line in lines if line is not None)


def run(step: int, *command: str) -> str:
    """Run a command in the container of a step, over a root file system of this machine's programs; what it printed.

    Before step 7 unshare(1) makes the user namespace of who is not root. Raises as `program` does;
    `nslab.Unsupported` where this user may make no namespaces, RuntimeError with what the program said when it fails.
    """
    text = program(step)
    whole = privilege.has("CAP_SYS_ADMIN")
    lacking = None if whole else settings.unsupported()
    if lacking:
        raise lacking
    as_root = [] if whole or step >= OWN_USER else list(AS_ROOT)
    with tempfile.TemporaryDirectory(prefix="nslab-step-") as directory:
        rootfs.make(f"{directory}/rootfs")
        ran = [*as_root, sys.executable, "-c", text, f"{directory}/rootfs", *command]
        done = subprocess.run(ran, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise RuntimeError(f"step {step} ended with {done.returncode}: {done.stderr.strip() or 'it said nothing'}")
    return done.stdout
