"""The catalogue: what each subject's about.py says of it. Lists of subjects are made from that."""

from __future__ import annotations

import pkgutil
from importlib import import_module, util
from typing import Any


def catalogue(package: str) -> dict[str, Any]:
    """Name → ABOUT of each subject in a package, in the order of the course (their `place`)."""
    room = import_module(package)
    found = {}
    for module in pkgutil.iter_modules(room.__path__, f"{package}."):
        if module.ispkg and util.find_spec(f"{module.name}.about"):
            about = import_module(f"{module.name}.about").ABOUT
            found[about.name] = about
    return dict(sorted(found.items(), key=lambda item: item[1].place))
