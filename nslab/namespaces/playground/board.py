"""`nslab.playground()`: tick namespace types, clone, and see what is separate now."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from nslab.errors import Unsupported, checked_choice
from nslab.lab.client.sandbox import Sandbox
from nslab.lab.upkeep import registry
from nslab.linux import ns, process
from nslab.linux.flags import FLAGS
from nslab.namespaces import ABOUT
from nslab.namespaces.playground.console import LIMIT, Side
from nslab.namespaces.playground.fingerprint import ROWS, Cell
from nslab.show.live import blocks
from nslab.show.live.panel import Panel

MOST = 3
"""Sandboxes at once: more columns do not fit a screen."""
BOOTTIME = 86400
"""Seconds that a time namespace is ahead, so that it shows."""
EVERY = 1.0
"""Seconds between two looks at the kernel."""
HOST = "host"
LEGEND = "● separate: another inode in /proc/PID/ns, and another value. ● copy: another inode, the same value so far."


def playground() -> Playground:
    """Return a panel: eight boxes to tick, sandboxes made of them, and a table of what each one has for itself.

    Beside it are a command line for the host and one for the inside. Up to 3 sandboxes at once; all are gone when the
    output is. Source: namespaces(7), clone(2), unshare(1).
    """
    return Playground()


class Playground(Panel):
    """See playground(). `boxes` are its sandboxes by name, `host` is the other side."""

    title = "Playground: what is separate?"
    about = "Tick the types, clone, and compare. Each cell of the table is read from the kernel, once a second."

    def __init__(self) -> None:
        super().__init__()
        self.ticked = {"uts", "pid", "mnt"} & set(ns.available())
        self.boxes: dict[str, Side] = {}
        self.host: Side | None = None
        # An ordinary user may make only user namespaces: with any other type the fork server makes one as well.
        self.privileged = process.has_capability(process.CAP_SYS_ADMIN)
        self._into = ""
        self._next = 0.0
        self._drawn: Any = None

    # -- its life --------------------------------------------------------------------------------------

    def begin(self) -> None:
        self._into, self._next, self._drawn = "", 0.0, None
        # What a command leaves running on the host is below a process that goes with the panel.
        self.host = Side(HOST, Sandbox())
        self.host.look()

    def end(self) -> None:
        for side in self._sides():
            side.close()
        self.boxes.clear()
        self.host = None

    def rehearse(self) -> None:
        self.ticked = set(ns.available())
        # A choice that no clone can have is told on the board itself.
        with suppress(ValueError):
            self.do_clone()

    def step(self, now: float) -> None:
        assert self.host
        if self.host.problem:
            raise RuntimeError(self.host.problem)
        for side in self._sides():
            # What has just run may have changed something.
            if side.finished() or now >= self._next:
                side.look_soon()
        if now >= self._next:
            self._next = now + EVERY
        for name in [name for name, side in self.boxes.items() if side.ended]:
            self.do_remove(name)
            self.say(f"{name} has ended: its first process is gone.", bad=True)
        now_shown = [(side.text, side.cells(self.host)) for side in self._sides()]
        if now_shown != self._drawn:
            self._drawn = now_shown
            self.draw()

    # -- what is to be seen ----------------------------------------------------------------------------

    def shown(self) -> list[blocks.Block]:
        there, full = ns.available(), len(self.boxes) >= MOST
        note = f"{MOST} are all that fit: remove one first" if full else ""
        if self.wanted() != self.ticked:
            note = note or "You are not root here, so a user namespace is added: without it the kernel says EPERM."
        assert self.host
        return [
            blocks.bar("types", *(blocks.check(f"tick:{kind}", kind, kind in self.ticked, off=kind not in there)
                                  for kind in FLAGS)),
            blocks.bar("clone", blocks.button("clone", "Clone", main=True, off=full), blocks.text(note, tone="soft")),
            blocks.log("same", "The same in a shell, and in C",
                       [unshare_command(self.wanted()), c_call(self.wanted())]),
            blocks.table("matrix", "", ["", HOST, *self.boxes], self._rows(self.host)),
            *([blocks.bar("legend", blocks.text(LEGEND, tone="soft"))] if self.boxes else []),
            blocks.columns("sides", [_console(self.host, "On the host")], self._inside()),
        ]  # fmt: skip

    def _rows(self, host: Side) -> dict[str, list[Any]]:
        found = {name: side.cells(host) for name, side in self.boxes.items()}
        own = host.cells(host)
        rows: dict[str, list[Any]] = {
            name: [blocks.text(name), blocks.text(own[name].value, tone="code"),
                   *(_lit(cells[name]) for cells in found.values())]
            for name in ROWS
        }  # fmt: skip
        if self.boxes:
            rows["end"] = ["its first pid", "", *(
                [blocks.text(str(side.place.pid), tone="code"),
                 blocks.button(f"remove:{name}", "Remove", label=f"Remove {name}")]
                for name, side in self.boxes.items()
            )]  # fmt: skip
        return rows

    def _inside(self) -> list[blocks.Block]:
        if not self.boxes:
            return [blocks.bar("none", blocks.text("Clone a sandbox, and here is a command line inside.", tone="soft"))]
        side = _console(self.boxes[self._into], f"Inside {self._into}")
        if len(self.boxes) == 1:
            return [side]
        return [side, blocks.bar("which", blocks.choice("into", "Inside which", self._into, list(self.boxes)))]

    def table(self) -> tuple[list[str], list[list[Any]]]:
        if self.host is None:
            return ["resource", "separated by"], [[name, str(FLAGS[kind])] for name, kind in ROWS.items()]
        found = [side.cells(self.host) for side in self._sides()]
        return ["resource", HOST, *self.boxes], [
            [name, *(f"{c[name].value} ({c[name].word})" if c[name].word else c[name].value for c in found)]
            for name in ROWS
        ]

    def wanted(self) -> set[str]:
        """The types that are ticked, and for an ordinary user the user namespace that any of them needs."""
        return self.ticked | ({"user"} if self.ticked and not self.privileged else set())

    def _sides(self) -> list[Side]:
        return [*([self.host] if self.host else []), *self.boxes.values()]

    # -- what its controls do --------------------------------------------------------------------------

    def do_tick(self, kind: str, on: bool) -> None:
        """Tick a type, or take the tick away."""
        checked_choice("type", kind, list(ns.available()))
        self.ticked = self.ticked | {kind} if on else self.ticked - {kind}

    def do_clone(self) -> None:
        """Make a sandbox of the ticked types; of none it is a plain fork()."""
        if len(self.boxes) >= MOST:
            raise ValueError(f"there are {MOST} sandboxes, which is all that fit: remove one first")
        taken = {entry.name for entry in registry.entries()}
        first = 1 + max((int(name.removeprefix("box")) for name in self.boxes), default=0)
        name = next(name for n in itertools.count(first) if (name := f"box{n}") not in taken)
        options: dict[str, Any] = dict.fromkeys(sorted(self.ticked), True)
        if "time" in self.ticked:
            options["boottime"] = BOOTTIME
        try:
            place = Sandbox(name=name, **options)
        except (OSError, Unsupported) as e:
            # Only this one could not be made, and the message says why; the panel goes on.
            raise ValueError(str(e)) from e
        self.boxes[name] = Side(name, place)
        self.boxes[name].look()
        self._into = name

    def do_remove(self, name: str) -> None:
        """End a sandbox, and with its last process its namespaces."""
        checked_choice("sandbox", name, list(self.boxes))
        self.boxes.pop(name).close()
        if self._into == name:
            self._into = next(iter(self.boxes), "")

    def do_into(self, name: str) -> None:
        """Choose the sandbox that the command line is in."""
        self._into = checked_choice("sandbox", name, list(self.boxes))

    def do_run(self, side: str, command: str) -> None:
        """Run a command on a side, HOST or a sandbox; what it says shows while it runs."""
        sides = {each.name: each for each in self._sides()}
        sides[checked_choice("side", side, list(sides))].run(command)


def _lit(cell: Cell) -> list[blocks.Block]:
    word = blocks.text(f"● {cell.word}", tone="yes") if cell.separate else blocks.text("the host's", tone="soft")
    return [blocks.text(cell.value, tone="code"), word]


def _console(side: Side, title: str) -> blocks.Block:
    runs = f"running, {LIMIT} s at most …" if side.command else "a command, such as hostname; Enter runs it"
    entry = blocks.entry(f"run:{side.name}", f"Command: {title}", "", wide=True, hint=runs, command=True)
    return blocks.console(side.name, title, entry, side.text)


def unshare_command(kinds: Collection[str]) -> str:
    """The command of unshare(1) that makes these namespaces."""
    words = [about.unshare for kind, about in ABOUT.items() if kind in kinds]
    if {"pid", "mnt"} <= set(kinds):
        words.append("--mount-proc")
    return " ".join(["unshare", *words, "bash"])


def c_call(kinds: Collection[str]) -> str:
    """The system call in C; CLONE_NEWTIME's bit lies in clone()'s exit signal, so it goes with clone3() only."""
    flags = " | ".join(str(flag) for kind, flag in FLAGS.items() if kind in kinds)
    if "time" in kinds:
        return f"clone3(&(struct clone_args){{.flags = {flags}, .exit_signal = SIGCHLD}}, sizeof(struct clone_args))"
    return f"clone(child, stack, {flags + ' | ' if flags else ''}SIGCHLD, NULL)"
