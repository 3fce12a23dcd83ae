"""What comes of a request that has come from another process: the demo of a subject, with options, and nothing else."""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from nslab.catalogue import catalogue
from nslab.errors import Unsupported

ROOMS = ("nslab.namespaces", "nslab.cgroups", "nslab.security", "nslab.container")
DEMO = "demo"


def answer(
    request: dict[str, Any], around: Callable[[str], AbstractContextManager[Any]] = nullcontext
) -> dict[str, Any]:
    """Call what is asked for; return {"evidence": …}, or how it was refused, or how it failed.

    `around` is given the subject's name, and what it returns is entered while the demo runs.
    """
    try:
        _check(request)
        demo = getattr(importlib.import_module(request["module"]), request["function"])
        with around(request["module"].rpartition(".")[2]):
            return {"evidence": demo(**request["options"]).to_dict()}
    except Unsupported as e:
        return {"unsupported": [e.what, e.why, e.mend]}
    except (ValueError, TypeError) as e:
        return {"refused": [type(e).__name__, str(e)]}
    except Exception as e:
        return {"failed": f"{type(e).__name__}: {e}", "traceback": traceback.format_exc()}


def _check(request: dict[str, Any]) -> None:
    """Raise ValueError for anything but a subject's demo, which is to run right here."""
    subjects = [f"{room}.{name}" for room in ROOMS for name in catalogue(room)]
    if request["module"] not in subjects:
        raise ValueError(f"module={request['module']!r}: it is no subject of the catalogue")
    if request["function"] != DEMO:
        raise ValueError(f"function={request['function']!r}: it is not {DEMO}")
    if "on" in request["options"]:
        raise ValueError(f"on={request['options']['on']!r}: it runs here, and not elsewhere")
