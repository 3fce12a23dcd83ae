"""Run the parts of a demo, once with the flag and once without it, and make Evidence of what was seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from nslab.errors import Unsupported
from nslab.evidence import Evidence, Row
from nslab.lab.host import host
from nslab.lab.options import checked_setup
from nslab.lab.place import Place
from nslab.lab.recorder import recording
from nslab.linux import ns
from nslab.linux.flags import FLAGS
from nslab.parts import all_refused, chosen, claim_of


@dataclass(frozen=True)
class Part:
    """One experiment of a demo.

    `observe(place, isolated, options)` performs the action from `place`, with the namespace flag when `isolated`,
    and returns what it saw. `standin` runs it from a sandbox that stands in for the host, for actions that make
    something on the host's side; `control` always runs there. `options` are those of the demo that it uses.
    """

    name: str
    about: str
    observe: Callable[[Place, bool, Mapping[str, Any]], Iterable[Row]]
    standin: bool = False
    options: tuple[str, ...] = ()


def run(kind: str, claim: str, parts: Sequence[Part], only: str | Sequence[str] | None, options: Mapping[str, Any],
        standin: Mapping[str, Any], load: str | None = None) -> Evidence:  # fmt: skip
    """Run the parts (or those named in `only`) and return their Evidence.

    `standin` are the options of the sandbox that stands in for the host. `load` is a module that is imported
    once, below the fork server, so that it is there in every process of the experiment and in no other. A part
    that this machine cannot do is left out with a note, unless `only` asks for it. Raises ValueError for an
    unknown part, `nslab.Unsupported`.
    """
    wanted = chosen(parts, only)
    # A type that this kernel lacks is one message, not one failure for each part.
    checked_setup((FLAGS[kind],), {})
    started = time.perf_counter()
    rows: list[Row] = []
    control: list[Row] = []
    notes: list[str] = []
    refused: dict[str, Unsupported] = {}
    with recording() as calls, _base(load) as base:
        for part in wanted:
            try:
                seen = _observe(base, part, True, options, standin)
                without = _observe(base, part, False, options, standin)
            except Unsupported as e:
                if only is not None:
                    raise
                refused[part.name] = e
                notes.append(f"{part.name}: {e.line}")
                continue
            rows += seen
            control += without
        with host().sandbox(**{kind: True}) as box:
            inodes = {kind: (ns.inode(kind), box.ns[kind])}
            if box.added:
                notes.insert(0, "you are not root here: each child also got a user namespace (CLONE_NEWUSER)")
    if not rows:
        raise all_refused(kind, refused)
    return Evidence(
        name=kind,
        claim=claim_of(claim, parts, wanted),
        parts={part.name: part.about for part in wanted},
        rows=tuple(rows),
        control=tuple(control),
        standin=bool(standin),
        inodes=inodes,
        notes=tuple(notes),
        syscalls=tuple(calls),
        shell=by_hand(kind, "sh", options),
        c=by_hand(kind, "c", options),
        seconds=time.perf_counter() - started,
    )


def by_hand(kind: str, suffix: str, options: Mapping[str, Any]) -> str:
    """The experiment as a shell script ("sh") or C program ("c"), with the options' values in place of @name@."""
    text = resources.files("nslab.namespaces").joinpath("byhand", f"{kind}.{suffix}").read_text(encoding="utf-8")
    for key, value in options.items():
        text = text.replace(f"@{key}@", str(value))
    return text


@contextmanager
def _base(load: str | None) -> Iterator[Place]:
    if load is None:
        yield host()
        return
    with host().sandbox() as place:
        place.load(load)
        yield place


def _observe(
    base: Place, part: Part, isolated: bool, options: Mapping[str, Any], standin: Mapping[str, Any]
) -> list[Row]:
    needs_standin = part.standin or not isolated
    place: AbstractContextManager[Place] = base.sandbox(**standin) if needs_standin else nullcontext(base)
    with place as outside:
        return [replace(row, part=part.name) for row in part.observe(outside, isolated, options)]
