"""What each exercise's references and wrong attempts got, at the end of a run: a line for each exercise.

With `NSLAB_SEEDS` (twenty of them, say) there is a line for each attempt, with what its learner was told.
"""

from __future__ import annotations

import os
from collections import defaultdict

GOT = "what an attempt got"
"""A test's property: exercise, file, status, message, separated by tabs; it comes from the workers, too."""


class Table:
    """A plugin of pytest's."""

    def __init__(self) -> None:
        self._got: dict[str, list[list[str]]] = defaultdict(list)

    def pytest_runtest_logreport(self, report):
        for name, value in report.user_properties if report.when == "call" else ():
            if name == GOT:
                exercise, *got = value.split("\t")
                self._got[exercise].append([*got, "" if report.passed else "  FAILED"])

    def pytest_terminal_summary(self, terminalreporter):
        if not self._got:
            return
        terminalreporter.section("exercises: what their references and wrong attempts got")
        for exercise, got in sorted(self._got.items()):
            if os.environ.get("NSLAB_SEEDS"):
                for file, status, message, failed in sorted(got):
                    terminalreporter.line(f"{exercise:22} {file:28} {status}: {message}{failed}"[:200])
            else:
                terminalreporter.line(f"{exercise:22} {_counted(got)}")


def _counted(got: list[list[str]]) -> str:
    """References × status, wrong attempts × status: "2 references passed; 3 wrong attempts: 2 not yet, 1 not begun"."""
    parts = []
    for what, begins in (("reference", "reference"), ("wrong attempt", "wrong-")):
        of_it = [each for each in got if each[0].startswith(begins)]
        if not of_it:
            continue
        statuses = [status for _, status, _, _ in of_it]
        counted = ", ".join(f"{statuses.count(each)} {each}" for each in sorted(set(statuses)))
        failed = sum(bool(each[-1]) for each in of_it)
        plural, bad = "" if len(of_it) == 1 else "s", f" ({failed} FAILED)" if failed else ""
        parts.append(f"{len(of_it)} {what}{plural}: {counted}{bad}")
    return "; ".join(parts)
