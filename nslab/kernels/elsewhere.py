"""`demo(on="v1")`, `demo(on="sudo")`: the same experiment in a second kernel, or made by root."""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from nslab.errors import Unsupported, checked_choice
from nslab.experiment.evidence import Evidence
from nslab.experiment.parts import Part, chosen
from nslab.kernels import sudo, uml
from nslab.kernels.joined import joined
from nslab.show.status import status

if TYPE_CHECKING:
    from nslab.kernels.kernel import Kernel

VERSIONS = ["v1", "v2"]
SUDO = "sudo"
AUTO = "auto"
ON = [*VERSIONS, SUDO, AUTO]
_running: dict[tuple[int, str], Kernel] = {}
"""The second kernels of this process, by its pid and their version of cgroups."""
_roots: dict[int, sudo.Root] = {}
"""Root's process that this one has started, by this one's pid."""
_turn = threading.Lock()
"""Each of them makes one experiment at a time, and answers in that order: demos in two threads take turns."""


def elsewhere(demo: Callable[..., Evidence]) -> Callable[..., Evidence]:
    """Give a demo the option `on`: "v1" or "v2" runs it in a second kernel with that version of cgroups, "sudo" has
    root make it on this one. It is one option, since a demo is made in one of these places.

    "auto" runs it here, or with v1 in a second kernel where this one cannot (all of it, or single parts). Without the
    option the error says so where that is a way. Where NSLAB_SUDO is 1, root makes what could not be made here (all of
    it, or single parts) both for "auto" and without the option.
    """
    signature = inspect.signature(demo)

    @functools.wraps(demo)
    def anywhere(*args: Any, on: str | None = None, **kwargs: Any) -> Evidence:
        options = dict(signature.bind(*args, **kwargs).arguments)
        if on is not None:
            checked_choice("on", on, ON)
        if on in VERSIONS:
            return _there(demo, on, options)
        if on == SUDO:
            return demo(**options) if os.geteuid() == 0 else _by_root(demo, options)
        try:
            seen = _here(demo, options)
        except Unsupported as e:
            if not _is_able(demo, options):
                raise
            if on is None:
                raise _offered(e, demo) from e.__cause__
        else:
            left = _left_out(seen, demo)
            if on is None or not left or not _is_able(demo, {**options, "only": left}):
                return seen
            return _completed(seen, demo, options, lambda asked: _there(demo, VERSIONS[0], asked))
        return _there(demo, VERSIONS[0], options)

    on = inspect.Parameter("on", inspect.Parameter.KEYWORD_ONLY, default=None, annotation="str | None")
    anywhere.__signature__ = signature.replace(parameters=[*signature.parameters.values(), on])  # type: ignore[attr-defined]
    return anywhere


def kernel(version: str) -> Kernel:
    """The second kernel with that version of cgroups; started when it does not run. Raises `nslab.Unsupported`."""
    from nslab.kernels.kernel import Kernel

    key = (os.getpid(), version)
    if key in _running and not _running[key].alive:
        _running.pop(key).close()
    if key not in _running:
        _running[key] = Kernel(version)
    return _running[key]


def root() -> sudo.Root:
    """Root's process; started when it does not run. Raises `nslab.Unsupported`."""
    key = os.getpid()
    if key in _roots and not _roots[key].alive:
        _roots.pop(key).close()
    if key not in _roots:
        _roots[key] = sudo.Root()
    return _roots[key]


def stop_root() -> None:
    """End root's process, if it runs."""
    running = _roots.pop(os.getpid(), None)
    if running is not None:
        running.close()


def stop(version: str) -> None:
    """End the second kernel with that version of cgroups, if it runs."""
    running = _running.pop((os.getpid(), version), None)
    if running is not None:
        running.close()


def lacks(subject: str, *parts: Part) -> list[str]:
    """What the second kernel would need for a subject ("nslab.cgroups.cpu"), as symbols of Kconfig, and has not.

    With some of its parts: what the one that needs least has not, so nothing where one of them can be made.
    """
    image, general = uml.image(), import_module(f"{subject}.about").ABOUT.kconfig
    of_each = [image.missing((*general, *part.kconfig)) for part in parts]
    return min(of_each, key=len) if of_each else image.missing(general)


def _subject(demo: Callable[..., Any]) -> str:
    return demo.__module__.rpartition(".")[0]


def _parts(demo: Callable[..., Evidence], options: dict[str, Any]) -> list[Part]:
    return chosen(import_module(demo.__module__).PARTS, options.get("only"))


def _is_able(demo: Callable[..., Evidence], options: dict[str, Any]) -> bool:
    """Whether a second kernel could make one of these parts; asked only where this one could not, since it starts that
    program.
    """
    return uml.is_there() and not lacks(_subject(demo), *_parts(demo, options))


def _there(demo: Callable[..., Evidence], version: str, options: dict[str, Any]) -> Evidence:
    subject = _subject(demo)
    missing = lacks(subject, *_parts(demo, options))
    if missing:
        raise Unsupported(
            f"{subject.rpartition('.')[2]} in a second kernel",
            f"{uml.image().release} was built without {', '.join(f'CONFIG_{symbol}' for symbol in missing)}",
            "use a machine that has it: vagrant up",
        )
    with _turn, status() as tell:
        began = (os.getpid(), version) not in _running
        tell("starting a second kernel" if began else f"in the second kernel ({version})")
        there = kernel(version)
        tell(f"in the second kernel ({version})")
        answer = there.call(subject, demo.__name__, options)
    return _evidence(answer, there, began, "in the second kernel")


def _here(demo: Callable[..., Evidence], options: dict[str, Any]) -> Evidence:
    """Run it here, and where sudo is to be used have root make what cannot be made here."""
    try:
        seen = demo(**options)
    except Unsupported as e:
        if not sudo.is_told():
            raise
        try:
            return _by_root(demo, options)
        except Unsupported as by_root:
            also = f"{e.why}; and by sudo ({sudo.ENV} is set), {by_root.what}: {by_root.why}"
            raise Unsupported(e.what, also, f"{e.mend}; or {by_root.mend}") from None
    if not sudo.is_told():
        return seen
    return _completed(seen, demo, options, lambda asked: _by_root(demo, asked))


def _completed(seen: Evidence, demo: Callable[..., Evidence], options: dict[str, Any],
               make: Callable[[dict[str, Any]], Evidence]) -> Evidence:  # fmt: skip
    """What was seen here, with the parts that were left out, as far as `make` makes them elsewhere."""
    for part in _left_out(seen, demo):
        # Its note says already why it cannot be made here; it cannot be made there either.
        with contextlib.suppress(Unsupported):
            seen = joined(seen, make({**options, "only": [part]}), import_module(demo.__module__).PARTS)
    return seen


def _by_root(demo: Callable[..., Evidence], options: dict[str, Any]) -> Evidence:
    with _turn, status() as tell:
        began = os.getpid() not in _roots
        tell("by root (sudo)")
        there = root()
        answer = there.call(_subject(demo), demo.__name__, options)
    return _evidence(answer, there, began, "by sudo")


def _evidence(answer: dict[str, Any], there: Kernel | sudo.Root, began: bool, where: str) -> Evidence:
    if "evidence" in answer:
        how = f"started for this in {there.seconds:.1f} s" if began else "which ran already"
        return replace(Evidence.from_dict(answer["evidence"]), made_on=f"{there.name}, {how}")
    raise _error(answer, where)


def _error(answer: dict[str, Any], where: str) -> Exception:
    if "unsupported" in answer:
        what, why, mend = answer["unsupported"]
        return Unsupported(f"{what} ({where})", why, mend)
    if "refused" in answer:
        kind, message = answer["refused"]
        return {"ValueError": ValueError, "TypeError": TypeError}[kind](message)
    return RuntimeError(f"{where}: {answer['failed']}\n{answer['traceback']}")


def _offered(error: Unsupported, demo: Callable[..., Evidence]) -> Unsupported:
    """The error, with the second kernel as another way."""
    name = _subject(demo).rpartition(".")[2]
    way = f'{name}.demo(on="v1") runs it in a second kernel (nslab demo {name} --on v1)'
    return Unsupported(error.what, error.why, f"{error.mend}; or {way}")


def _left_out(seen: Evidence, demo: Callable[..., Evidence]) -> list[str]:
    """The parts that could not be made, by name, as their notes tell. One that was asked for by name raises instead."""
    parts = [part.name for part in import_module(demo.__module__).PARTS]
    return [name for name in parts if name not in seen.parts and any(n.startswith(f"{name}: ") for n in seen.notes)]
