"""Bounds in time that a test sets, read from its source: on a busy host what takes a moment takes seconds."""

from __future__ import annotations

import ast
from collections.abc import Iterator

SLACK = 10.0
"""Seconds that a bound has at least where nothing is measured."""
WAITS = {"wait", "result", "communicate", "expect", "status", "wait_until"}
"""Methods, and one function."""
CLOCKS = {"monotonic", "perf_counter", "time"}
PAUSE = 0.05
"""What is shorter is a pause between two looks."""


def close(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, source) of each bound that has too little slack; what is measured, or is to run out, may have less."""
    for node in ast.iter_child_nodes(tree):
        if _is_measured(node) or _runs_out(node):
            continue
        if any(PAUSE < seconds < SLACK for seconds in _bounds(node)):
            yield node.lineno, ast.unparse(node)
        yield from close(node)


def _bounds(node: ast.AST) -> list[float]:
    """The seconds of `child.wait(5)`, of `monotonic() + 5`, and of `monotonic() - began < 5`."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id="wait_until" as name)) if name in WAITS:
            return _numbers([*node.args, *(each.value for each in node.keywords if each.arg in ("timeout", "seconds"))])
        case ast.BinOp(op=ast.Add(), left=left, right=right) if _is_now(left):
            return _numbers([right])
        case ast.Compare(left=ast.BinOp(op=ast.Sub(), left=left), comparators=limits) if _is_now(left):
            return _numbers(limits)
    return []


def _numbers(nodes: list[ast.expr]) -> list[float]:
    return [float(each.value) for each in nodes if isinstance(each, ast.Constant) and type(each.value) in (int, float)]


def _is_now(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in CLOCKS


def _is_measured(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and any(
        "mark.measured" in ast.unparse(each) for each in node.decorator_list
    )


def _runs_out(node: ast.AST) -> bool:
    """Whether the end of the time is what is expected, or seen to."""
    match node:
        case ast.With(items=items):
            return any("Timeout" in ast.unparse(each.context_expr) for each in items)
        case ast.Try(handlers=handlers):
            return any(each.type and "Timeout" in ast.unparse(each.type) for each in handlers)
    return False
