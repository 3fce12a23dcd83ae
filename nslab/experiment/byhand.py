"""The same experiments as shell scripts and C programs: one template for each, in its subject's folder.

`@name@` in a template stands for a value that fits this machine; `@include FILE@` on a line of its own for a file of
the package that holds the subjects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources

_PLACE = re.compile(r"@([a-z_]+)@")
_INCLUDE = re.compile(r"^@include ([a-z./]+)@\n", re.MULTILINE)


def form(package: str, suffix: str, values: Mapping[str, object]) -> str:
    """The experiment of a subject's package as a shell script ("sh") or C program ("c").

    Raises KeyError that names the template and what it lacks, when it asks for a value that is not there.
    """
    text = resources.files(package).joinpath(f"byhand.{suffix}").read_text(encoding="utf-8")
    shared = resources.files(package.rpartition(".")[0])
    text = _INCLUDE.sub(lambda found: shared.joinpath(found[1]).read_text(encoding="utf-8"), text)
    return filled(text, values, f"{package}, byhand.{suffix}")


def filled(text: str, values: Mapping[str, object], whose: str) -> str:
    """The text with each `@name@` replaced by its value. Raises KeyError that names what `whose` text lacks."""
    missing = sorted(set(_PLACE.findall(text)) - set(values))
    if missing:
        raise KeyError(f"{whose}: there is no value for {', '.join(missing)}")
    # Twice, since a value may itself contain @name@.
    return _PLACE.sub(lambda found: str(values[found[1]]), _PLACE.sub(lambda found: str(values[found[1]]), text))
