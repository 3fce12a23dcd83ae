"""`nslab compare`: what two processes have of a container, side by side, as the kernel says it."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

from nslab.container import facts
from nslab.lab.upkeep import registry

SECONDS = 10
"""For a runtime to say which process is a container's first."""


@dataclass(frozen=True)
class Line:
    """One fact: a value for each of those that are compared, None where one has nothing of the sort."""

    group: str
    fact: str
    values: tuple[Any, ...]

    @property
    def differs(self) -> bool:
        """Whether they are not all the same. A namespace of one's own is the same fact, whatever its number."""
        if self.group == "namespaces":
            return len({str(value).partition(":")[0] for value in self.values}) > 1
        return any(value != self.values[0] for value in self.values)


@dataclass(frozen=True)
class Comparison:
    """All lines, in the order of facts.GROUPS."""

    names: tuple[str, ...]
    lines: tuple[Line, ...]

    def only(self, differing: bool = True) -> Comparison:
        """Without the lines that are the same for all."""
        return Comparison(self.names, tuple(line for line in self.lines if line.differs or not differing))

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

    Raises ValueError naming one that there is not, PermissionError for another user's.
    """
    if len(who) < 2:
        raise ValueError(f"who={who!r}: give two or more to compare: pids, names of sandboxes, runc:ID, podman:NAME")
    found = [facts.of(pid_of(each)) for each in who]
    keys = dict.fromkeys((group, fact) for group in facts.GROUPS for each in found for fact in each[group])
    lines = (Line(group, fact, tuple(each[group].get(fact) for each in found)) for group, fact in keys)
    return Comparison(tuple(map(str, who)), tuple(lines))


def pid_of(who: int | str) -> int:
    """The process that is meant. Raises ValueError naming what there is not, TypeError."""
    if isinstance(who, bool) or not isinstance(who, int | str):
        raise TypeError(f"who={who!r}: give a pid, a sandbox's name, or runc:ID")
    if isinstance(who, int) or who.isdecimal():
        return int(who)
    runtime, _, name = who.partition(":")
    if name and runtime in _RUNTIMES:
        return _of_runtime(runtime, name)
    named = {entry.name: entry.pid for entry in registry.entries()}
    if who not in named:
        known = f"; there are {', '.join(named)}" if named else ""
        raise ValueError(f"who={who!r}: no sandbox is called that{known}. Also: a pid, {', '.join(_RUNTIMES)}:NAME")
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
        raise ValueError(f"who='{runtime}:{name}': {(done.stderr or done.stdout).strip().splitlines()[-1]}")
    told = json.loads(done.stdout)
    pid = told[0]["State"]["Pid"] if isinstance(told, list) else told["pid"]
    if not pid:
        raise ValueError(f"who='{runtime}:{name}': it does not run")
    return int(pid)
