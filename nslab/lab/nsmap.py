"""`nslab.ns_map()`: every namespace of the machine, who is in it, who owns it, and what keeps it alive."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from nslab.errors import checked_choice
from nslab.lab.nsfinding import Finding, counted, inode_of
from nslab.lab.upkeep import registry
from nslab.linux import nsfs
from nslab.linux.flags import FLAGS
from nslab.show.printable import printable

COLUMNS = ("type", "inode", "processes", "lowest pid", "command", "owner", "parent", "held by")


@dataclass(frozen=True)
class Namespace:
    """One namespace. `pids` are the processes in it; `owner` and `parent` are inodes, None when not to be seen.

    `uid` is the user who made it, for user namespaces. `held_by` tells what keeps it alive besides processes.
    `sandbox` is the name of the nslab sandbox that it belongs to.
    """

    type: str
    inode: int
    pids: tuple[int, ...]
    command: str
    owner: int | None
    parent: int | None
    uid: int | None
    held_by: tuple[str, ...]
    sandbox: str = ""

    @property
    def nprocs(self) -> int:
        """How many processes are in it, as lsns(8) counts."""
        return len(self.pids)

    @property
    def lowest_pid(self) -> int | None:
        """The lowest pid in it."""
        return self.pids[0] if self.pids else None


@dataclass(frozen=True)
class NsMap:
    """The namespaces that could be seen; `hidden` counts the processes whose namespaces may not be read.

    `unseen` says in sentences what else could not be looked at.
    """

    namespaces: tuple[Namespace, ...]
    hidden: int = 0
    unseen: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Namespace]:
        return iter(self.namespaces)

    def __len__(self) -> int:
        return len(self.namespaces)

    def of(self, pid: int) -> dict[str, Namespace]:
        """Type → namespace of one process. Raises ProcessLookupError when no such process was seen."""
        found = {n.type: n for n in self.namespaces if pid in n.pids}
        if not found:
            raise ProcessLookupError(f"pid={pid!r}: no such process was seen, or its namespaces may not be read")
        return found

    def types(self, *kinds: str) -> NsMap:
        """Only these types. Raises ValueError that names those there are."""
        for kind in kinds:
            checked_choice("type", kind, list(FLAGS))
        return NsMap(tuple(n for n in self.namespaces if n.type in kinds), self.hidden, self.unseen)

    def diagram(self) -> Any:
        """The user namespaces, one in the other, each with what it owns, as a drawing."""
        from nslab.show.nsdiagram import Diagram

        return Diagram([self._plain(n) for n in self.namespaces])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        namespaces = [self._plain(n) for n in self.namespaces]
        return {"hidden": self.hidden, "unseen": list(self.unseen), "namespaces": namespaces}

    @staticmethod
    def _plain(n: Namespace) -> dict[str, Any]:
        return {**asdict(n), "nprocs": n.nprocs, "lowest_pid": n.lowest_pid}

    @property
    def _rows(self) -> list[tuple[Any, ...]]:
        return [
            (
                n.type, n.inode, n.nprocs, n.lowest_pid, n.sandbox or printable(n.command), n.owner, n.parent,
                ", ".join(n.held_by),
            )
            for n in self.namespaces
        ]  # fmt: skip

    @property
    def _foot(self) -> str:
        missing = [f"those of {counted(self.hidden)} may not be read"] if self.hidden else []
        missing += self.unseen
        more = " (root sees more: sudo nslab map)" if missing and os.geteuid() != 0 else ""
        return "; ".join([f"{len(self)} namespaces", *missing]) + more

    def __rich__(self) -> Any:
        from nslab.show import terminal

        return terminal.table("Namespaces of this machine", COLUMNS, self._rows, self._foot)

    def __repr__(self) -> str:
        from nslab.show import terminal

        return terminal.text(self, width=120)

    def _repr_html_(self) -> str:
        from nslab.show import html

        return html.table("Namespaces of this machine", COLUMNS, self._rows, self._foot)


def ns_map() -> NsMap:
    """Read every namespace that can be seen: of processes and threads, of open descriptors and sockets, of bind mounts,
    and what owns those and is above them.

    Costs less than lsns(8). An ordinary user sees those of the processes that he may look into; `hidden`
    counts the others, and `unseen` says what else could not be looked at.
    Source: namespaces(7), ioctl_ns(2), proc_pid_ns(5), pidfd_getfd(2).
    """
    finding = Finding()
    finding.from_processes()
    finding.from_sockets()
    finding.from_mounts()
    for text in list(finding.found):
        finding.ask(text)
    sandboxes = {(kind, inode): e.name for e in registry.entries() for kind, inode in e.ns.items() if kind in e.holds}
    commands: dict[int, str] = {}
    made = [_make(finding, text, commands, sandboxes) for text in finding.found]
    order = list(FLAGS)
    namespaces = tuple(sorted(made, key=lambda n: (order.index(n.type), n.inode)))
    return NsMap(namespaces, finding.hidden, finding.unseen())


def _make(finding: Finding, text: str, commands: dict[int, str], sandboxes: dict[tuple[str, int], str]) -> Namespace:
    kind, inode, f = text.partition(":")[0], inode_of(text), finding.found[text]
    command = ""
    if f.pids:
        command = commands.get(f.pids[0], "") or commands.setdefault(f.pids[0], nsfs.command(f.pids[0]))
    relatives = finding.relatives.get(text, (None, None, None))
    name = sandboxes.get((kind, inode), "")
    return Namespace(kind, inode, tuple(f.pids), command, *relatives, tuple(f.held), name)
