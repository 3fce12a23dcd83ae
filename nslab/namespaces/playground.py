"""`nslab.playground()`: tick namespace types, clone, and see what is separate now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nslab.lab.host import host
from nslab.lab.place import Completed, Place
from nslab.lab.sandbox import Sandbox
from nslab.linux import ns
from nslab.linux.flags import FLAGS
from nslab.namespaces.resources import RESOURCES, look
from nslab.show.live import blocks
from nslab.show.live.panel import Panel

MOST = 3
"""Sandboxes at once: more columns do not fit a screen."""
BOOTTIME = 86400
"""Seconds that a time namespace is ahead, so that it shows."""
TIMEOUT = 5.0
"""Seconds that a command may take."""
EVERY = 1.0
"""Seconds between two looks at the kernel."""
KEPT = 4000
"""Characters of output that are kept for each side."""
UNSHARE = {
    "uts": "--uts", "ipc": "--ipc", "pid": "--pid --fork", "net": "--net", "mnt": "--mount",
    "user": "--user --map-root-user", "cgroup": "--cgroup", "time": f"--time --boottime {BOOTTIME}",
}  # fmt: skip
HOST = "host"
SEPARATE = "● separate"


def playground() -> Playground:
    """Return a panel: eight boxes to tick, sandboxes made of them, and a table of what each one has for itself.

    Beside it are a command line for the host and one for the inside. Up to 3 sandboxes at once; all are gone when the
    output is. Source: namespaces(7), clone(2), unshare(1).
    """
    return Playground()


class Playground(Panel):
    """See playground(). `boxes` are its sandboxes by name, each an nslab.Sandbox."""

    title = "Playground: what is separate?"
    about = "Tick the types, clone, and compare. Each cell of the table is read from the kernel, once a second."
    every = 0.25

    def __init__(self) -> None:
        super().__init__()
        self.ticked = {"uts", "pid", "mnt"}
        self.boxes: dict[str, Sandbox] = {}
        self._seen: dict[str, dict[str, str]] = {}
        self._output = {HOST: "", "inside": ""}
        self._busy: set[str] = set()
        self._into = ""
        self._count = 0
        self._next = 0.0

    # -- its life --------------------------------------------------------------------------------------

    def begin(self) -> None:
        host().ns  # noqa: B018  the fork server has to be there before a thread asks for it
        self._output, self._busy, self._into, self._count, self._next = {HOST: "", "inside": ""}, set(), "", 0, 0.0
        self._look()

    def end(self) -> None:
        for box in self.boxes.values():
            box.close()
        self.boxes.clear()
        self._seen.clear()

    def rehearse(self) -> None:
        self.ticked = set(ns.available())
        self.do_clone()

    def step(self, now: float) -> None:
        if now >= self._next:
            self._next = now + EVERY
            if self._look():
                self.draw()

    def _look(self) -> bool:
        """Read what each side sees; return whether anything has changed."""
        before = dict(self._seen)
        self._seen[HOST] = look()
        for name, box in list(self.boxes.items()):
            try:
                self._seen[name] = box.call(look, stream=False)
            except ProcessLookupError:
                self._drop(name)
                self.say(f"{name} has ended: its first process is gone.", bad=True)
        return self._seen != before

    # -- what is to be seen ----------------------------------------------------------------------------

    def shown(self) -> list[blocks.Block]:
        there = ns.available()
        full = len(self.boxes) >= MOST
        return [
            blocks.bar("types", *(blocks.check(f"tick:{kind}", kind, kind in self.ticked, off=kind not in there)
                                  for kind in FLAGS)),
            blocks.bar("clone", blocks.button("clone", "Clone", main=True, off=full or not self.ticked),
                       blocks.text(f"{MOST} are all that fit: remove one first" if full else "", tone="soft")),
            blocks.log("same", "The same in a shell, and in C", [unshare_command(self.ticked), c_call(self.ticked)]),
            blocks.table("matrix", "", ["", HOST, *self.boxes], self._rows()),
            blocks.columns("sides", [self._side(HOST, "On the host", bool(self._seen))], self._inside()),
        ]  # fmt: skip

    def _rows(self) -> dict[str, list[Any]]:
        rows: dict[str, list[Any]] = {}
        for kind, resource in RESOURCES.items():
            cells: list[Any] = [blocks.text(resource), blocks.text(self._seen[HOST][kind], tone="code")]
            for name, box in self.boxes.items():
                whose = _whose(kind, box)
                tone = "yes" if whose == SEPARATE else "soft"
                cells.append([blocks.text(self._seen[name][kind], tone="code"), blocks.text(whose, tone=tone)])
            rows[kind] = cells
        if self.boxes:
            rows["end"] = ["", "", *(blocks.button(f"remove:{n}", "Remove", label=f"Remove {n}") for n in self.boxes)]
        return rows

    def _inside(self) -> list[blocks.Block]:
        if not self.boxes:
            return [blocks.bar("none", blocks.text("Clone a sandbox, and here is a command line inside.", tone="soft"))]
        side = self._side("inside", f"Inside {self._into}", True)
        if len(self.boxes) == 1:
            return [side]
        return [side, blocks.bar("which", blocks.choice("into", "Inside which", self._into, list(self.boxes)))]

    def _side(self, side: str, title: str, ready: bool) -> blocks.Block:
        hint = "running …" if side in self._busy else "a command, such as hostname; Enter runs it"
        entry = blocks.entry(f"run:{side}", f"Command: {title}", "", wide=True, hint=hint)
        return blocks.console(side, title, entry, self._output[side])

    def table(self) -> tuple[list[str], list[list[Any]]]:
        if not self._seen:
            self._seen[HOST] = look()
        rows = []
        for kind, resource in RESOURCES.items():
            row: list[Any] = [resource, self._seen[HOST][kind]]
            for name, box in self.boxes.items():
                row.append(f"{self._seen[name][kind]} ({_whose(kind, box)})")
            rows.append(row)
        return ["resource", HOST, *self.boxes], rows

    # -- what its controls do --------------------------------------------------------------------------

    def do_tick(self, kind: str, on: bool) -> None:
        """Tick a type, or take the tick away."""
        self.ticked = self.ticked | {kind} if on else self.ticked - {kind}

    def do_clone(self) -> None:
        """Make a sandbox of the ticked types."""
        if not self.ticked:
            raise ValueError("no type is ticked: tick at least one")
        self._count += 1
        name = f"box{self._count}"
        options: dict[str, Any] = {"boottime": BOOTTIME} if "time" in self.ticked else {}
        self.boxes[name] = host().sandbox(**dict.fromkeys(sorted(self.ticked), True), **options)
        self._into = name
        self._look()
        if self.boxes[name].added:
            self.say("You are not root here, so the sandbox got a user namespace, too.")

    def do_remove(self, name: str) -> None:
        """End a sandbox, and with its last process its namespaces."""
        self._drop(name)

    def _drop(self, name: str) -> None:
        self.boxes.pop(name).close()
        self._seen.pop(name, None)
        if self._into == name:
            self._into = next(iter(self.boxes), "")

    def do_into(self, name: str) -> None:
        """Choose the sandbox that the command line is in."""
        self._into = name

    def do_run(self, side: str, command: str) -> None:
        """Run a command on a side; what it says comes when it has ended."""
        if not command.strip():
            return
        if side in self._busy:
            raise ValueError(f"command={command!r}: wait until the one before has ended")
        place: Place = host() if side == HOST else self.boxes[self._into]
        self._busy.add(side)
        self.work(lambda: place.run(command, timeout=TIMEOUT), self._said(side, command))

    def _said(self, side: str, command: str) -> Callable[[Any], None]:
        def said(result: Completed | Exception) -> None:
            self._busy.discard(side)
            words = repr(result) if isinstance(result, Completed) else str(result)
            self._output[side] = f"{self._output[side]}$ {command}\n{words}\n"[-KEPT:].replace("\n\n", "\n")
            self._look()

        return said


def _whose(kind: str, box: Sandbox) -> str:
    """As the kernel says: another inode is another namespace."""
    return SEPARATE if box.ns.get(kind) != ns.inode(kind) else "the host's"


def unshare_command(kinds: set[str]) -> str:
    """The command of unshare(1) that makes these namespaces."""
    words = [UNSHARE[kind] for kind in FLAGS if kind in kinds]
    if {"pid", "mnt"} <= kinds:
        words.append("--mount-proc")
    return " ".join(["unshare", *words, "bash"]) if words else "unshare …"


def c_call(kinds: set[str]) -> str:
    """The system call in C; CLONE_NEWTIME's bit lies in clone()'s exit signal, so it goes with clone3() only."""
    flags = " | ".join(str(flag) for kind, flag in FLAGS.items() if kind in kinds)
    if not flags:
        return "clone(…)"
    if "time" in kinds:
        return f"clone3(&(struct clone_args){{.flags = {flags}, .exit_signal = SIGCHLD}}, sizeof(struct clone_args))"
    return f"clone(child, stack, {flags} | SIGCHLD, NULL)"
