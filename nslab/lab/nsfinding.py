"""What `nslab.ns_map()` is made of: the namespaces that can be found, by whom each is held, and what is above it."""

from __future__ import annotations

import os

from nslab.errors import Unsupported
from nslab.linux import ns, nsfs, process
from nslab.show.printable import printable


class Found:
    """A namespace while the map is being made. `paths` are files by which it may be opened; by then one may lead to
    another.
    """

    __slots__ = ("held", "paths", "pids")

    def __init__(self, *paths: str) -> None:
        self.paths: list[str] = list(paths)
        self.pids: list[int] = []
        self.held: list[str] = []


PATHS = 4
"""How many files of one namespace are noted, as the first may not open."""


Relatives = tuple[int | None, int | None, int | None]


class Finding:
    """What is known so far; namespaces go by their texts, such as "uts:[4026531838]"."""

    def __init__(self) -> None:
        self.found: dict[str, Found] = {}
        self.relatives: dict[str, Relatives] = {}
        self.hidden = 0
        self.unread: list[int] = []
        self.sockets: list[tuple[int, list[tuple[str, str]]]] = []
        self.unasked: set[int] = set()
        self.unopened = 0
        self.walked: set[str] = set()
        available = ns.available()
        self.names = tuple(name for name in nsfs.LINKS if name.removesuffix("_for_children") in available)
        self.own = [(i, name) for i, name in enumerate(self.names) if "_for_children" not in name]
        self.later = [
            (i, name, self.names.index(name.removesuffix("_for_children")))
            for i, name in enumerate(self.names)
            if "_for_children" in name
        ]

    # -- who is in which, and what holds it ------------------------------------------------------------

    def from_processes(self) -> None:
        """The namespaces of each process, of its threads, for its children, and behind its descriptors."""
        for pid in nsfs.processes():
            base = f"/proc/{pid}"
            texts = nsfs.links(base, self.names)
            if not texts:
                self.hidden += texts is None
                continue
            others = nsfs.threads(pid)
            if others:
                base, texts = self._with_threads(pid, texts, others)
            for i, name in self.own:
                text = texts[i]
                if not text:
                    continue
                entry = self.found.get(text)
                if entry is None:
                    entry = self.found[text] = Found(f"{base}/ns/{name}")
                entry.pids.append(pid)
            self._for_children(base, texts, str(pid))
            held = nsfs.descriptors(base)
            if held is None:
                self.unread.append(pid)
                continue
            for fd, text in held[0]:
                self._hold(text, f"{base}/fd/{fd}", f"fd {fd} of {pid}")
            if held[1]:
                self.sockets.append((pid, held[1]))

    def _with_threads(self, pid: int, texts: list[str], others: list[str]) -> tuple[str, list[str]]:
        """Note namespaces that only a thread is in. Return where the process's own can be read, and which they are. A
        first thread that has ended tells them no more; then they are read from the next thread.
        """
        base = f"/proc/{pid}"
        ended = "" in [texts[i] for i, _ in self.own]
        for tid in others:
            there = f"/proc/{pid}/task/{tid}"
            theirs = nsfs.links(there, self.names)
            if not theirs:
                continue
            if ended and "" not in [theirs[i] for i, _ in self.own]:
                base, texts, ended = there, theirs, False
                continue
            for i, name in self.own:
                if theirs[i] and theirs[i] != texts[i]:
                    self._hold(theirs[i], f"{there}/ns/{name}", f"thread {tid} of {pid}")
            self._for_children(there, theirs, f"thread {tid} of {pid}")
        return base, texts

    def _for_children(self, base: str, texts: list[str], whose: str) -> None:
        for i, name, same in self.later:
            if texts[i] and texts[i] != texts[same] and texts[same]:
                self._hold(texts[i], f"{base}/ns/{name}", f"for children of {whose}")

    def from_sockets(self) -> None:
        """The network namespaces that no process is in, but to which an open socket belongs."""
        if not self.sockets:
            return
        try:
            groups = nsfs.socket_groups("self")
            numbers = process.own_proc()
        except OSError:
            numbers = False
        seen: set[str] = set()
        for pid, sockets in self.sockets:
            # A socket that a process has from its parent is asked for once.
            new = [each for each in sockets if each[1] not in seen]
            if not new:
                continue
            try:
                # Where /proc is that of another pid namespace, system calls take other numbers than it shows.
                if not numbers or (groups and nsfs.socket_groups(pid) != groups):
                    self.unasked.add(pid)
                    continue
                for fd, network in nsfs.networks(pid, new):
                    try:
                        self._from_socket(f"net:[{os.fstat(network).st_ino}]", network, pid, fd)
                    finally:
                        os.close(network)
                seen.update(text for _, text in new)
            except ProcessLookupError:
                continue  # it has ended, and with it what it had
            except (OSError, Unsupported):
                self.unasked.add(pid)

    def _from_socket(self, text: str, network: int, pid: int, fd: str) -> None:
        entry = self.found.get(text)
        if entry is None or not entry.pids:
            self._hold(text, "", f"socket {fd} of {pid}")
            if text not in self.relatives:
                self._relatives(text, network)

    def from_mounts(self) -> None:
        """The namespaces that are bound to a file, in every mount namespace that a process or a thread is in."""
        for space in [text for text in self.found if text.startswith("mnt:")]:
            base, between, _ = self.found[space].paths[0].partition("/ns/")
            if between:
                self.walked.add(space)
                for point, text in nsfs.bound(base):
                    self._hold(text, f"{base}/root{point}", f"bind mount {printable(point)}")

    def _hold(self, text: str, path: str, how: str) -> None:
        entry = self.found.get(text)
        if entry is None:
            entry = self.found[text] = Found()
        if path and len(entry.paths) < PATHS:
            entry.paths.append(path)
        if how not in entry.held:
            entry.held.append(how)

    # -- what owns it, and what is above it ------------------------------------------------------------

    def ask(self, text: str) -> None:
        """Look up the owner and the parent of each namespace that was found, and theirs, as far up as the caller may
        look.
        """
        if text in self.relatives:
            return
        inode = inode_of(text)
        for path in self.found[text].paths:
            fd = nsfs.opened(path, inode)
            if fd is not None:
                try:
                    self._relatives(text, fd)
                finally:
                    os.close(fd)
                return
        self.unopened += 1

    def _relatives(self, text: str, fd: int) -> None:
        kind = text.partition(":")[0]
        uid = nsfs.owner_uid(fd) if kind == "user" else None
        owner = self._above("user", nsfs.related(fd, ns.NS_GET_USERNS), "namespaces that it owns")
        # The owner of a user namespace is its parent (user_namespaces(7)).
        parent = owner if kind == "user" else None
        if kind == "pid":
            parent = self._above(kind, nsfs.related(fd, ns.NS_GET_PARENT), "namespaces inside it")
        self.relatives[text] = owner, parent, uid

    def _above(self, kind: str, fd: int | None, how: str) -> int | None:
        """Note an owner or a parent. No process, file or descriptor need hold it: the namespace below does."""
        if fd is None:
            return None
        try:
            inode = os.fstat(fd).st_ino
            text = f"{kind}:[{inode}]"
            if text not in self.found:
                self._hold(text, "", how)
            if text not in self.relatives:
                self._relatives(text, fd)
            return inode
        finally:
            os.close(fd)

    # -- what could not be looked at -------------------------------------------------------------------

    def unseen(self) -> tuple[str, ...]:
        """What could not be looked at, in sentences; without the processes that `hidden` counts."""
        found = []
        option = nsfs.hides() if not process.has_capability(process.CAP_SYS_PTRACE) else ""
        if option:
            found.append(f"/proc does not list the processes of others ({option})")
        if self.unread:
            found.append(f"the descriptors of {counted(len(self.unread))} may not be read")
        if self.unasked:
            found.append(f"the sockets of {counted(len(self.unasked))} may not be asked for their network namespace")
        apart = sum(text.startswith("mnt:") for text in self.found) - len(self.walked)
        if apart:
            found.append(f"the mounts of {apart} mount namespace{'s' * (apart > 1)} without a process cannot be seen")
        if self.unopened:
            found.append(f"{self.unopened} could not be opened, so who owns them is not known")
        return tuple(found)


def inode_of(text: str) -> int:
    """The inode in the text of a namespace."""
    return int(text.partition(":[")[2][:-1])


def counted(count: int) -> str:
    """So many processes, in words."""
    return "1 process" if count == 1 else f"{count} processes"
