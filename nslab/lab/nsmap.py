"""`nslab.ns_map()`: every namespace of the machine, who is in it, who owns it, and what keeps it alive."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from nslab.errors import checked_choice
from nslab.lab import state
from nslab.linux import ns, nsfs
from nslab.linux.flags import FLAGS

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
    """The namespaces that could be seen; `hidden` counts the processes whose namespaces may not be read."""

    namespaces: tuple[Namespace, ...]
    hidden: int = 0

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
        return NsMap(tuple(n for n in self.namespaces if n.type in kinds), self.hidden)

    def diagram(self) -> Any:
        """The user namespaces, one in the other, each with what it owns, as a drawing."""
        from nslab.show.nsdiagram import Diagram

        return Diagram([self._plain(n) for n in self.namespaces])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"hidden": self.hidden, "namespaces": [self._plain(n) for n in self.namespaces]}

    @staticmethod
    def _plain(n: Namespace) -> dict[str, Any]:
        return {**asdict(n), "nprocs": n.nprocs, "lowest_pid": n.lowest_pid}

    @property
    def _rows(self) -> list[tuple[Any, ...]]:
        return [
            (n.type, n.inode, n.nprocs, n.lowest_pid, n.sandbox or n.command, n.owner, n.parent, ", ".join(n.held_by))
            for n in self.namespaces
        ]

    @property
    def _foot(self) -> str:
        if not self.hidden:
            return f"{len(self)} namespaces"
        who = "1 process" if self.hidden == 1 else f"{self.hidden} processes"
        more = "" if os.geteuid() == 0 else " (root sees more: sudo nslab map)"
        return f"{len(self)} namespaces; those of {who} may not be read{more}"

    def __rich__(self) -> Any:
        from nslab.show import terminal

        return terminal.table("Namespaces of this machine", COLUMNS, self._rows, self._foot)

    def __repr__(self) -> str:
        from nslab.show import terminal

        return terminal.text(self, width=120)

    def _repr_html_(self) -> str:
        from nslab.show import html

        return html.table("Namespaces of this machine", COLUMNS, self._rows, self._foot)


class _Found:
    """A namespace while the map is being made: `path` is a file by which it can be opened."""

    __slots__ = ("held", "path", "pids")

    def __init__(self, path: str) -> None:
        self.path, self.pids, self.held = path, [], []  # type: ignore[var-annotated]


def ns_map() -> NsMap:
    """Read every namespace that can be seen: of processes, of open descriptors, of bind mounts, and what owns those.

    Costs about as long as lsns(8). An ordinary user sees those of the processes that he may look into; `hidden`
    counts the others. Source: namespaces(7), ioctl_ns(2), proc_pid_ns(5).
    """
    found: dict[str, _Found] = {}
    available = ns.available()
    names = tuple(name for name in nsfs.LINKS if name.removesuffix("_for_children") in available)
    hidden = _from_processes(found, names)
    _from_mounts(found)
    relatives = _relatives(found)
    sandboxes = {(kind, inode): e.name for e in state.entries() for kind, inode in e.ns.items() if kind in e.holds}
    commands: dict[int, str] = {}
    made = [_make(text, f, relatives[text], commands, sandboxes) for text, f in found.items()]
    order = list(FLAGS)
    return NsMap(tuple(sorted(made, key=lambda n: (order.index(n.type), n.inode))), hidden)


def _from_processes(found: dict[str, _Found], names: tuple[str, ...]) -> int:
    hidden = 0
    own = [(i, name) for i, name in enumerate(names) if "_for_children" not in name]
    later = [
        (i, name, names.index(name.removesuffix("_for_children")))
        for i, name in enumerate(names)
        if "_for_children" in name
    ]
    for pid in nsfs.processes():
        texts = nsfs.links(pid, names)
        if not texts:
            hidden += texts is None
            continue
        for i, name in own:
            text = texts[i]
            if not text:
                continue
            entry = found.get(text)
            if entry is None:
                entry = found[text] = _Found(f"/proc/{pid}/ns/{name}")
            entry.pids.append(pid)
        for i, name, same in later:
            if texts[i] and texts[i] != texts[same]:
                _hold(found, texts[i], f"/proc/{pid}/ns/{name}", f"for children of {pid}")
        for fd, text in nsfs.descriptors(pid):
            _hold(found, text, f"/proc/{pid}/fd/{fd}", f"fd {fd} of {pid}")
    return hidden


def _from_mounts(found: dict[str, _Found]) -> None:
    for pid in [f.pids[0] for text, f in found.items() if text.startswith("mnt:") and f.pids]:
        for point, text in nsfs.bound(pid):
            _hold(found, text, f"/proc/{pid}/root{point}", f"bind mount {point}")


def _hold(found: dict[str, _Found], text: str, path: str, how: str) -> None:
    entry = found.get(text)
    if entry is None:
        entry = found[text] = _Found(path)
    if how not in entry.held:
        entry.held.append(how)


def _relatives(found: dict[str, _Found]) -> dict[str, tuple[int | None, int | None, int | None]]:
    """Owner, parent and uid of each namespace; what is known only as an owner or a parent is added to `found`."""
    known: dict[str, tuple[int | None, int | None, int | None]] = {}
    for text, entry in list(found.items()):
        kind = text.partition(":")[0]
        known[text] = nsfs.relatives(entry.path, kind)
        for relative, inode in (("user", known[text][0]), (kind, known[text][1])):
            other = f"{relative}:[{inode}]"
            if inode is not None and other not in found and other not in known:
                _add_unseen(found, known, other, entry.path, relative == kind and known[text][1] == inode)
    return known


def _add_unseen(found: dict[str, _Found], known: dict[str, Any], text: str, path: str, is_parent: bool) -> None:
    """A namespace with no process, file or descriptor of its own that lives because others are inside it."""
    entry = found[text] = _Found(path)
    entry.held.append("namespaces inside it" if is_parent else "namespaces that it owns")
    known[text] = (None, None, None)


def _make(text: str, f: _Found, relatives: tuple[int | None, int | None, int | None], commands: dict[int, str],
          sandboxes: dict[tuple[str, int], str]) -> Namespace:  # fmt: skip
    kind, _, rest = text.partition(":[")
    inode = int(rest[:-1])
    command = ""
    if f.pids:
        command = commands.get(f.pids[0], "") or commands.setdefault(f.pids[0], nsfs.command(f.pids[0]))
    return Namespace(kind, inode, tuple(f.pids), command, *relatives, tuple(f.held), sandboxes.get((kind, inode), ""))
