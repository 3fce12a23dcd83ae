"""`demo(on="v1")`: the same experiment in a second kernel."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from nslab.errors import Unsupported, checked_choice
from nslab.experiment.evidence import Evidence
from nslab.kernels import uml
from nslab.show.status import status

if TYPE_CHECKING:
    from nslab.kernels.kernel import Kernel

VERSIONS = ["v1", "v2"]
AUTO = "auto"
_running: dict[tuple[int, str], Kernel] = {}
"""The second kernels of this process, by its pid and their version of cgroups."""


def elsewhere(demo: Callable[..., Evidence]) -> Callable[..., Evidence]:
    """Give a demo the option `on`: "v1" or "v2" runs it in a second kernel with that version of cgroups.

    "auto" runs it here, or with v1 in a second kernel where this one cannot. Without the option the error says so where
    that is a way.
    """
    signature = inspect.signature(demo)

    @functools.wraps(demo)
    def anywhere(*args: Any, on: str | None = None, **kwargs: Any) -> Evidence:
        options = dict(signature.bind(*args, **kwargs).arguments)
        if on is not None and checked_choice("on", on, [*VERSIONS, AUTO]) != AUTO:
            return _there(demo, on, options)
        try:
            seen = demo(**options)
        except Unsupported as e:
            if not _is_able(demo):
                raise
            if on is None:
                raise _offered(e, demo) from e.__cause__
        else:
            if on is None or _is_whole(seen, demo, options) or not _is_able(demo):
                return seen
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


def stop(version: str) -> None:
    """End the second kernel with that version of cgroups, if it runs."""
    running = _running.pop((os.getpid(), version), None)
    if running is not None:
        running.close()


def lacks(subject: str) -> list[str]:
    """What the second kernel would need for a subject ("nslab.cgroups.cpu"), as symbols of Kconfig, and has not."""
    return uml.image().missing(import_module(f"{subject}.about").ABOUT.kconfig)


def _subject(demo: Callable[..., Any]) -> str:
    return demo.__module__.rpartition(".")[0]


def _is_able(demo: Callable[..., Evidence]) -> bool:
    """Whether a second kernel could run a demo; asked only where this one could not, since it starts that program."""
    return uml.is_there() and not lacks(_subject(demo))


def _there(demo: Callable[..., Evidence], version: str, options: dict[str, Any]) -> Evidence:
    subject = _subject(demo)
    missing = lacks(subject)
    if missing:
        raise Unsupported(
            f"{subject.rpartition('.')[2]} in a second kernel",
            f"{uml.image().release} was built without {', '.join(f'CONFIG_{symbol}' for symbol in missing)}",
            "use a machine that has it: vagrant up",
        )
    began = (os.getpid(), version) not in _running
    with status() as tell:
        tell("starting a second kernel" if began else f"in the second kernel ({version})")
        there = kernel(version)
        tell(f"in the second kernel ({version})")
        answer = there.call(subject, demo.__name__, options)
    if "evidence" in answer:
        how = f"started for this in {there.seconds:.1f} s" if began else "which ran already"
        return replace(Evidence.from_dict(answer["evidence"]), made_on=f"{there.name}, {how}")
    raise _error(answer)


def _error(answer: dict[str, Any]) -> Exception:
    if "unsupported" in answer:
        what, why, mend = answer["unsupported"]
        return Unsupported(f"{what} (in the second kernel)", why, mend)
    if "refused" in answer:
        kind, message = answer["refused"]
        return {"ValueError": ValueError, "TypeError": TypeError}[kind](message)
    return RuntimeError(f"in the second kernel: {answer['failed']}\n{answer['traceback']}")


def _offered(error: Unsupported, demo: Callable[..., Evidence]) -> Unsupported:
    """The error, with the second kernel as another way."""
    name = _subject(demo).rpartition(".")[2]
    way = f'{name}.demo(on="v1") runs it in a second kernel (nslab demo {name} --on v1)'
    return Unsupported(error.what, error.why, f"{error.mend}; or {way}")


def _is_whole(seen: Evidence, demo: Callable[..., Evidence], options: dict[str, Any]) -> bool:
    """Whether no part of the demo was left out."""
    parts = import_module(demo.__module__).PARTS
    return options.get("only") is not None or all(part.name in seen.parts for part in parts)
