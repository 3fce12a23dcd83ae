"""The house: imports run one way, no two files import each other, and system calls are made in one room."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.pure

PACKAGE = Path(__file__).resolve().parents[1] / "nslab"
SHARED = {"errors", "signals", "lazy", "catalogue"}
ROOMS = {
    "linux": {"linux"},
    "lab": {"lab", "linux", "show"},
    "experiment": {"experiment", "lab", "linux", "show"},
    "kernels": {"kernels", "experiment", "lab", "linux", "show"},
    "namespaces": {"namespaces", "kernels", "experiment", "lab", "linux", "show"},
    "cgroups": {"cgroups", "kernels", "experiment", "lab", "linux", "show"},
    "container": {"container", "cgroups", "kernels", "experiment", "lab", "linux", "show"},
    "security": {"security", "container", "kernels", "experiment", "lab", "linux", "show"},
    "course": {"course", "security", "container", "namespaces", "cgroups", "experiment", "lab", "linux", "show"},
    "classroom": {"classroom", "course", "cgroups", "lab", "linux", "show"},
    "talks": {"talks", "course", "cgroups", "lab", "linux", "show"},
    "show": {"show"},
    "cli": {"cli", "talks", "classroom", "course", "security", "container", "namespaces", "cgroups", "experiment",
            "lab", "linux", "show"},
}  # fmt: skip
"""Room → the rooms that it may import; each may import SHARED."""
LAB = {
    "power": {"power"},
    "upkeep": {"upkeep", "power"},
    "server": {"server", "upkeep", "power"},
    "client": {"client", "server", "upkeep", "power"},
}
"""The same for the rooms of the lab; what lies in the lab itself may import all of them."""


def is_a_learners(path: Path) -> bool:
    """Whether it is a way through an exercise: it stands for what a learner writes, and may have blanks to fill in."""
    return path.parents[1].name == "exercises" and path.name.startswith(("reference", "wrong-"))


def modules() -> dict[str, Path]:
    """Dotted name → file."""
    found = {}
    for path in (each for each in PACKAGE.rglob("*.py") if not is_a_learners(each)):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


MODULES = modules()


def named(text: str) -> str:
    """The module that a dotted name means: itself, or the one that has it."""
    while text and text not in MODULES:
        text = text.rpartition(".")[0]
    return text


@cache
def imported(module: str, for_types: bool = True) -> frozenset[str]:
    """What a file imports of nslab, in whichever form, also inside functions and by import_module("nslab.…").

    Without `for_types` that below `if TYPE_CHECKING` is left out: it is not imported when the program runs.
    """
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found = set()
    for node in _nodes(ast.parse(path.read_text(encoding="utf-8")), for_types):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package.rsplit(".", node.level - 1)[0] + "." if node.level else ""
            source = (base + (node.module or "")).rstrip(".")
            found |= {f"{source}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "import_module":
            found |= {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    return frozenset(named(name) for name in found if name.split(".")[0] == "nslab") - {module, ""}


def _nodes(tree: ast.AST, for_types: bool) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if not for_types and isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            continue
        yield node
        yield from _nodes(node, for_types)


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


@pytest.mark.parametrize("room", ROOMS)
def test_imports_run_one_way(room):
    for module in (m for m in MODULES if room_of(m) == room):
        for other in imported(module):
            assert room_of(other) in ROOMS[room] | SHARED | {""}, f"{module} imports {other}"


@pytest.mark.parametrize("room", LAB)
def test_the_labs_rooms_import_one_way(room):
    for module in (m for m in MODULES if m.startswith(f"nslab.lab.{room}.")):
        for other in imported(module):
            if other.startswith("nslab.lab."):
                assert other.split(".")[2] in LAB[room], f"{module} imports {other}"


def test_no_subject_imports_another():
    for module in MODULES:
        parts = module.split(".")
        subjects = "namespaces", "cgroups", "security", "container"
        if len(parts) > 3 and parts[1] in subjects and _is_subject(parts[1], parts[2]):
            for other in imported(module):
                there = other.split(".")
                if there[1:2] == parts[1:2] and len(there) > 3 and _is_subject(there[1], there[2]):
                    assert there[2] == parts[2], f"{module} imports {other}"


def _is_subject(room: str, name: str) -> bool:
    return (PACKAGE / room / name / "byhand.sh").exists()


def test_no_files_import_each_other():
    graph = {module: imported(module, for_types=False) for module in MODULES}
    assert circles(graph) == []


def circles(graph: dict[str, frozenset[str]]) -> list[list[str]]:
    """The strongly connected sets of more than one module (Tarjan's)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(module: str) -> None:
        number[module] = low[module] = len(number)
        stack.append(module)
        for other in graph.get(module, ()):
            if other not in number:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], number[other])
        if low[module] == number[module]:
            at = stack.index(module)
            if len(stack) - at > 1:
                found.append(stack[at:])
            del stack[at:]

    for module in graph:
        if module not in number:
            visit(module)
    return found


def test_a_circle_would_be_found():
    graph = {"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("a"), "d": frozenset("a")}
    assert [sorted(circle) for circle in circles(graph)] == [["a", "b", "c"]]


CHANGES = {
    "os": {
        # processes, and who and where they are
        "fork", "forkpty", "posix_spawn", "posix_spawnp", "spawnv", "system", "popen", "kill", "killpg", "nice",
        "setpriority", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "unshare", "setns", "chroot",
        "setuid", "seteuid", "setreuid", "setresuid", "setgid", "setegid", "setregid", "setresgid", "setgroups",
        "initgroups",
        # directories and what is in them
        "mkdir", "makedirs", "rmdir", "removedirs", "unlink", "remove", "rename", "renames", "replace", "link",
        "symlink", "mkfifo", "mknod", "chmod", "fchmod", "lchmod", "chown", "fchown", "lchown", "truncate", "ftruncate",
        "utime", "setxattr", "removexattr", "sync",
    },
    "signal": {"pidfd_send_signal", "pthread_kill"},
    "resource": {"setrlimit", "prlimit"},
    "socket": {"sethostname"},
    "time": {"clock_settime", "clock_settime_ns"},
}  # fmt: skip
"""Functions of Python's that change more than this process's own descriptors, working directory, handlers and program.

Those are made in linux/, which records them. It is about the system; a program's own documents (the lessons, the notes
of a session) are pathlib's and shutil's.
"""


def changes(tree: ast.AST) -> Iterator[str]:
    """What of CHANGES a file uses, called or handed on, by its module's name or imported from it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in CHANGES.get(node.value.id, ()):
                yield f"line {node.lineno}: {node.value.id}.{node.attr}"
        elif isinstance(node, ast.ImportFrom):
            if node.module and node.module.split(".")[0] == "ctypes":
                yield f"line {node.lineno}: from {node.module}"
            for name in {alias.name for alias in node.names} & CHANGES.get(node.module or "", set()):
                yield f"line {node.lineno}: from {node.module} import {name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "ctypes":
                    yield f"line {node.lineno}: import ctypes"
                if alias.name in CHANGES and alias.asname:
                    yield f"line {node.lineno}: import {alias.name} as {alias.asname}, which hides it"


@pytest.mark.parametrize("room", sorted({room_of(m) for m in MODULES} - {"linux"}))
def test_system_calls_are_made_in_one_room(room):
    for module in (m for m in MODULES if room_of(m) == room):
        found = list(changes(ast.parse(MODULES[module].read_text(encoding="utf-8"))))
        assert found == [], f"{MODULES[module]}: these have wrappers in nslab.linux, which record them"


@pytest.mark.parametrize("code", [
    "os.fork()", "run(os.mkdir, path)", "from os import kill", "import os as system", "import ctypes",
    "from ctypes import CDLL",
])  # fmt: skip
def test_a_system_call_would_be_found(code):
    assert list(changes(ast.parse(code)))


def test_there_is_none_that_python_does_not_have():
    for module, names in CHANGES.items():
        assert {name for name in names if not hasattr(importlib.import_module(module), name)} <= {
            "unshare", "setns", "lchmod", "prlimit",  # by version
        }  # fmt: skip


KINDS_OF_MOUNT = "nslab.linux.cgroupfs"
"""The file that tells mounts of v1 from those of v2."""


def version_tests(tree: ast.AST) -> Iterator[str]:
    """Where code asks which version of cgroups it has: comparisons, also of a name that got one, `match`, a literal
    dictionary that is looked into at once, and comparisons with "cgroup2".

    Whether there is one (None), and whether a table has it, may be asked.
    """
    names = {"version"}

    def is_one(node: ast.AST) -> bool:
        if isinstance(node, ast.Call):
            node = node.func
        return getattr(node, "attr", None) == "version" or getattr(node, "id", None) in names

    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.NamedExpr | ast.AnnAssign) and node.value:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                pairs = [(target, node.value)]
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = list(zip(target.elts, node.value.elts, strict=True))
                names |= {where.id for where, what in pairs if isinstance(where, ast.Name) and is_one(what)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            constants = [side.value for side in sides if isinstance(side, ast.Constant)]
            in_table = isinstance(node.ops[0], ast.In | ast.NotIn) and isinstance(sides[-1], ast.Name | ast.Attribute)
            found = (any(map(is_one, sides)) and None not in constants and not in_table) or "cgroup2" in constants
        else:
            found = (isinstance(node, ast.Match) and is_one(node.subject)) or (
                isinstance(node, ast.Subscript) and isinstance(node.value, ast.Dict) and is_one(node.slice)
            )
        if found:
            yield f"line {getattr(node, 'lineno', '?')}: {ast.unparse(node).splitlines()[0]}"


def test_nobody_asks_for_the_version_of_cgroups():
    """What differs is in tables (quantities.py, knobs.py), and what behaves otherwise in versions.py, by name."""
    found = {module: list(version_tests(ast.parse(path.read_text()))) for module, path in MODULES.items()}
    assert {module: lines for module, lines in found.items() if lines}.keys() == {KINDS_OF_MOUNT}
    assert len(found[KINDS_OF_MOUNT]) == 1
    for template in [*PACKAGE.rglob("byhand.sh"), *PACKAGE.rglob("byhand.c")]:
        assert "version@" not in template.read_text().lower(), f"{template}: hand in what differs, not the version"


@pytest.mark.parametrize(
    "code",
    [
        "x = 1 if version == 2 else 2",
        "if place.version != 1: pass",
        "if group.version('cpu') == 2: pass",
        "v2 = group.version('cpu')\nif v2 > 1: pass",
        "inside, there = group.child(), group.version('cpu')\nif 1 == there: pass",
        "if version in (1, 2): pass",
        "x = {1: 'a', 2: 'b'}[version]",
        "match version:\n    case 1: pass",
        "if mounted.fstype == 'cgroup2': pass",
    ],
)
def test_a_version_that_is_asked_for_would_be_found(code):
    assert len(list(version_tests(ast.parse(code)))) == 1


@pytest.mark.parametrize(
    "code",
    ["if version is None: pass", "if version in FORMS: pass", "FORMS[version].file", "where('cpu', version)"],
)
def test_what_takes_a_version_and_asks_nothing_may_stand_anywhere(code):
    assert not list(version_tests(ast.parse(code)))
