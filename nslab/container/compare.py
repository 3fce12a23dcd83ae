"""`nslab compare`: what two processes have of a container, side by side, as the kernel says it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nslab.container import container, facts
from nslab.errors import checked_choice
from nslab.experiment.evidence import Evidence, Row
from nslab.experiment.expect import Isolated, Same, Value
from nslab.lab.upkeep import registry

SECONDS = 10
"""For a runtime to say which process is a container's first."""


@dataclass(frozen=True)
class Line:
    """One fact: a value for each of those that are compared, None where one has nothing of the sort, NOT_ASKED where it
    could not be asked.
    """

    group: str
    fact: str
    values: tuple[Any, ...]

    @property
    def differs(self) -> bool:
        """Whether those that were asked are not all the same. A namespace of one's own is the same fact, whatever its
        number.
        """
        if self.group == "namespaces":
            return len({str(value).partition(":")[0] for value in self.values}) > 1
        known = [value for value in self.values if value != facts.NOT_ASKED]
        return any(value != known[0] for value in known)


@dataclass(frozen=True)
class Comparison:
    """All lines, in the order of facts.GROUPS."""

    names: tuple[str, ...]
    lines: tuple[Line, ...]

    def only(self, differing: bool = True) -> Comparison:
        """Without the lines that are the same for all."""
        return Comparison(self.names, tuple(line for line in self.lines if line.differs or not differing))

    def of(self, *groups: str) -> Comparison:
        """The lines of these groups (facts.GROUPS). Raises ValueError for another."""
        for group in groups:
            checked_choice("groups", group, list(facts.GROUPS))
        return Comparison(self.names, tuple(line for line in self.lines if line.group in groups))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        lines = [
            {"group": line.group, "fact": line.fact, "differs": line.differs,
             "values": dict(zip(self.names, line.values, strict=True))}
            for line in self.lines
        ]  # fmt: skip
        return {"names": list(self.names), "lines": lines}

    @property
    def _rows(self) -> list[tuple[Any, ...]]:
        return [(f"{line.group}: {line.fact}", *map(_shown, line.values), "differs" if line.differs else "")
                for line in self.lines]  # fmt: skip

    def __rich__(self) -> Any:
        from nslab.show import terminal

        return terminal.table("", ("what", *self.names, ""), self._rows, _foot(self))

    def __repr__(self) -> str:
        from nslab.show import terminal

        return terminal.text(self.__rich__(), 120)

    def _repr_html_(self) -> str:
        from nslab.show import html

        return html.table("Two containers", ("what", *self.names, ""), self._rows, _foot(self))


def _foot(comparison: Comparison) -> str:
    different = sum(line.differs for line in comparison.lines)
    return f"{different} of {len(comparison.lines)} differ"


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)


def compare(*who: int | str) -> Comparison:
    """Compare processes: a pid, a sandbox's name, "runc:ID", "crun:ID" or "podman:NAME" each.

    What system calls get is asked by a process that is put beside each (probe.py); where it could not be asked, the
    line "asked" says why.

    Raises ValueError naming one that there is not, PermissionError for another user's.
    """
    if len(who) < 2:
        raise ValueError(f"who={who!r}: give two or more to compare: pids, names of sandboxes, runc:ID, podman:NAME")
    found = [_facts(each) for each in who]
    keys = dict.fromkeys((group, fact) for group in facts.GROUPS for each in found for fact in each[group])
    lines = (Line(group, fact, tuple(each[group].get(fact) for each in found)) for group, fact in keys)
    return Comparison(tuple(map(str, who)), tuple(lines))


def evidence(one: int | str, other: int | str, *groups: str) -> Evidence:
    """What `other` has otherwise than `one`, as Evidence: each of both is read anew, `one` before and after `other`.

    `groups` are some of facts.GROUPS, by default all of them.

    The control has `one` in the place of `other`, and shows none of the differences. Raises as compare().
    """
    first = compare(one, other).of(*(groups or facts.GROUPS))
    rows = _rows_of(first, one, other)
    control = _rows_of(first, one, one)
    return Evidence(
        name="compare",
        claim=f"{sum(line.differs for line in first.lines)} of {len(first.lines)} facts are others for {other} "
        f"than for {one}, and all the others are the same.",
        rows=rows,
        control=control,
        parts={group: group for group in facts.GROUPS if any(row.part == group for row in rows)},
        standin=False,
        notes=tuple(f"{name}: {why}" for name, why in _not_asked(first)),
    )


def _rows_of(first: Comparison, one: int | str, other: int | str) -> tuple[Row, ...]:
    before, inside, after = (_facts(each) for each in (one, other, one))
    found = []
    for line in first.lines:
        if facts.NOT_ASKED in line.values or (line.group, line.fact) == (facts.CALLS, facts.ASKED):
            continue
        one_before, its, one_after = (_whose(line, each[line.group].get(line.fact)) for each in (before, inside, after))
        key, expect = f"{line.group}, {line.fact}", Isolated() if line.differs else Same()
        found.append(Row(key, line.fact, one_before, its, one_after, expect, decisive=line.differs, part=line.group))
    return tuple(found)


def _whose(line: Line, value: Any) -> Value:
    """A value of a line as one of Evidence: of a namespace only whose it is, which is what is compared."""
    if line.group == "namespaces":
        return str(value).partition(":")[0]
    return tuple(value) if isinstance(value, list) else value


def _not_asked(comparison: Comparison) -> Iterator[tuple[str, str]]:
    for line in comparison.lines:
        if (line.group, line.fact) == (facts.CALLS, facts.ASKED):
            yield from ((name, why) for name, why in zip(comparison.names, line.values, strict=True) if why != "yes")


def _facts(who: int | str) -> dict[str, dict[str, Any]]:
    pid = pid_of(who)
    ours = container.running.get(pid)
    return facts.of(pid, None if ours is None else [ours.filter] if ours.filter else [])


def pid_of(who: int | str) -> int:
    """The process that is meant. Raises ValueError naming what there is not, TypeError."""
    if isinstance(who, bool) or not isinstance(who, int | str):
        raise TypeError(f"who={who!r}: give a pid, a sandbox's name, or runc:ID")
    if isinstance(who, int) or who.isdecimal():
        return int(who)
    runtime, _, name = who.partition(":")
    if name and runtime in _RUNTIMES:
        return _of_runtime(runtime, name)
    named = {name: entry.pid for name, entry in registry.named().items()}
    if who not in named:
        known = f"; there are {', '.join(named)}" if named else ""
        others = ", ".join(f"{each}:NAME" for each in _RUNTIMES)
        raise ValueError(f"who={who!r}: no sandbox is called that{known}. Also: a pid, {others}")
    return named[who]


_RUNTIMES = {
    "runc": ["state"],
    "crun": ["state"],
    "podman": ["inspect", "--type", "container"],
}
"""Runtime → what it is asked with; a name follows."""


def _of_runtime(runtime: str, name: str) -> int:
    if not shutil.which(runtime):
        raise ValueError(f"who='{runtime}:{name}': there is no {runtime} here: sudo apt-get install {runtime}")
    done = subprocess.run([runtime, *_RUNTIMES[runtime], name], capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        raise ValueError(f"who='{runtime}:{name}': {runtime} says {_said(done.stderr or done.stdout)!r}")
    told = json.loads(done.stdout)
    pid = told[0]["State"]["Pid"] if isinstance(told, list) else told["pid"]
    if not pid:
        raise ValueError(f"who='{runtime}:{name}': it does not run")
    return int(pid)


def _said(output: str) -> str:
    """The last thing that a runtime said; that of a line of its log, where it writes one."""
    last = (output.strip().splitlines() or ["nothing"])[-1]
    logged = re.search('msg="([^"]*)"', last)
    return (logged[1] if logged else last).removeprefix("Error: ")
