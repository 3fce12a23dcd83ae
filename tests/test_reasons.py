"""Whatever passes over an error says why that one may be passed over, where it does so."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator

import pytest

from tests.test_rooms import MODULES


def silent(text: str) -> Iterator[tuple[int, int]]:
    """(first line, first line of what it holds) of each `suppress(…)`, and of each `except` that only goes on."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.With):
            for item in node.items:
                function = getattr(item.context_expr, "func", None)
                if getattr(function, "attr", getattr(function, "id", "")) == "suppress":
                    yield node.lineno, node.body[0].lineno
        elif isinstance(node, ast.ExceptHandler) and all(
            isinstance(each, ast.Pass | ast.Continue) for each in node.body
        ):
            yield node.lineno, node.body[-1].lineno


def without_reason(text: str) -> list[int]:
    """The lines that pass over an error with no comment above, beside or below."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = {token.start[0] for token in tokens if token.type == tokenize.COMMENT}
    return [first for first, last in silent(text) if not comments & set(range(first - 1, last + 1))]


def test_each_silence_has_its_reason():
    found = {str(path): without_reason(path.read_text(encoding="utf-8")) for path in MODULES.values()}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_no_silence_is_for_everything():
    for path in MODULES.values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "suppress":
                names = {getattr(each, "id", getattr(each, "attr", "")) for each in node.args}
                assert not names & {"Exception", "BaseException"}, f"{path}:{node.lineno}"
            if isinstance(node, ast.ExceptHandler) and all(
                isinstance(each, ast.Pass | ast.Continue) for each in node.body
            ):
                assert getattr(node.type, "id", "") not in ("", "Exception", "BaseException") or isinstance(
                    node.type, ast.Tuple | ast.Attribute
                ), f"{path}:{node.lineno}"


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("with suppress(OSError):\n    go()", [1]),
        ("# It went.\nwith contextlib.suppress(OSError):\n    go()", []),
        ("with suppress(OSError):  # it went\n    go()", []),
        ("try:\n    go()\nexcept OSError:\n    pass", [3]),
        ("try:\n    go()\nexcept OSError:\n    pass  # it went", []),
        ("try:\n    go()\nexcept OSError as e:\n    print(e)", []),
    ],
)
def test_one_without_would_be_found(code, lines):
    assert without_reason(code) == lines
