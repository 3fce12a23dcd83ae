"""Run a demo's shell script and C program and compare what they print with the demo's rows."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
from pathlib import Path

from nslab.experiment.evidence import Evidence, Observed
from nslab.experiment.expect import NOT_ASKED


def run_shell(evidence: Evidence, tmp_path: Path) -> str:
    script = tmp_path / f"{evidence.name}.sh"
    script.write_text(evidence.shell)
    return _output(["sh", str(script)], tmp_path)


def run_c(evidence: Evidence, tmp_path: Path) -> str:
    source, program = tmp_path / f"{evidence.name}.c", tmp_path / f"{evidence.name}-program"
    source.write_text(evidence.c)
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", "-o", str(program), str(source)], check=True, timeout=60)
    return _output([str(program)], tmp_path)


def _output(argv: list[str], cwd: Path) -> str:
    process = subprocess.Popen(
        argv,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        cwd=cwd,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # with all that it has started
        process.communicate()
        raise
    assert process.returncode == 0, out + err
    return out


def compare(output: str, evidence: Evidence, at_least: int) -> list[str]:
    """Check each printed line `name: before | inside | after` against the row of that label; return the labels."""
    rows = {row.label: row for row in evidence.rows}
    seen = []
    for line in output.splitlines():
        name, _, values = line.rpartition(": ")
        assert name in rows, f"no row is called {name!r}: {line!r}"
        row = rows[name]
        before, inside, after = (_value(v, like) for v, like in zip(values.split(" | "), _values(row), strict=True))
        again = dataclasses.replace(row, **dict(zip(row.COLUMNS, (before, inside, after), strict=True)))
        assert again.holds, f"{line!r} does not show '{row.expect.words}'"
        if not row.varies:
            assert (before, inside, after) == _values(row), f"{line!r} differs from {_values(row)}"
        seen.append(name)
    assert len(set(seen)) >= at_least, f"only {seen} of {list(rows)}"
    return seen


def _values(row: Observed) -> tuple:
    return row.values


def _value(text: str, like: object) -> object:
    """The printed text as a value of the kind that the row has."""
    text = text.strip()
    if like == NOT_ASKED:
        return NOT_ASKED
    if text in ("-", "None"):
        return None
    if text in ("True", "False"):
        return text == "True"
    if isinstance(like, int | float) or like is None:
        for kind in (int, float):
            try:
                return kind(text)
            except ValueError:
                pass
    if isinstance(like, tuple):
        return tuple(_value(t, like[0] if like else "") for t in text.split())
    return text
