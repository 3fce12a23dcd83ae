"""Imports run one way: course → namespaces and cgroups → lab → linux; show imports none of them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "nslab"
ROOMS = {
    "linux": {"linux", "errors", "signals"},
    "lab": {"lab", "linux", "errors", "signals", "show"},
    "namespaces": {"namespaces", "lab", "linux", "errors", "signals", "evidence", "parts", "show"},
    "cgroups": {"cgroups", "lab", "linux", "errors", "signals", "evidence", "parts", "samples", "show"},
    "course": {"course", "namespaces", "cgroups", "lab", "errors", "signals", "evidence", "show"},
    "show": {"show"},
    "cli": {"cli", "course", "namespaces", "cgroups", "lab", "linux", "errors", "signals", "evidence", "show"},
}


@pytest.mark.parametrize("room", ROOMS)
def test_imports_run_one_way(room):
    for path in (PACKAGE / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            for module in modules:
                if module.startswith("nslab."):
                    assert module.split(".")[1] in ROOMS[room], f"{path.relative_to(PACKAGE)} imports {module}"


def test_system_calls_are_made_in_one_room():
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).parts[0]
        if room != "linux":
            assert "import ctypes" not in path.read_text(), path
