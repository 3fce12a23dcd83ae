"""What a quantity and a knob have in common: one term of the field's, and where the kernel has it in v1 and in v2."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, Self, TypeVar

from nslab.cgroups.core.versions import VERSIONS
from nslab.errors import Unsupported

Files = list[tuple[str, str]]
"""Which file gets which text, in the order of writing."""


class Group(Protocol):
    """What is asked of a Cgroup here; a directory of tests/data can stand in for it."""

    def version(self, subsystem: str, wanted: str = "") -> int: ...
    def path(self, subsystem: str, file: str = "") -> str: ...
    def read(self, subsystem: str, file: str) -> str: ...
    def write(self, subsystem: str, wanted: Files) -> None: ...


class Form(Protocol):
    """How one version of cgroups has it: `file` is the one that it is read from, or the first that is written."""

    @property
    def file(self) -> str: ...
    def given(self, **names: str) -> Self: ...


F = TypeVar("F", bound=Form)


@dataclass(frozen=True, eq=False)
class Term(Generic[F]):
    """`forms` is the table: version → form. A version that is not in it does not have this."""

    name: str
    subsystem: str
    unit: str
    about: str
    forms: Mapping[int, F]

    def form(self, version: int) -> F:
        """Its form in a version of cgroups. Raises `nslab.Unsupported` where that version does not have it."""
        if version not in self.forms:
            (other,) = self.forms
            raise Unsupported(
                f"{self.name} ({self.about})", f"v{version} of cgroups does not have it, v{other} does",
                VERSIONS[other].where_to_find,
            )  # fmt: skip
        return self.forms[version]

    def form_of(self, group: Group) -> F:
        """Its form in the version that a group is in. Raises ValueError where the group lacks the subsystem."""
        return self.form(group.version(self.subsystem, self.name))

    def is_there(self, group: Group) -> bool:
        """Whether the group's version has it, and this kernel the file."""
        form = self.forms.get(group.version(self.subsystem, self.name))
        return form is not None and os.path.exists(group.path(self.subsystem, form.file))

    def given(self, **names: str) -> Self:
        """The same for one device, or one size of huge pages: fills in what stands in braces in the table."""
        return replace(self, forms={version: form.given(**names) for version, form in self.forms.items()})

    def of(self, group: Group) -> Any:
        """What the kernel says now, in `unit`. Raises OSError, `nslab.Unsupported`."""
        raise NotImplementedError

    def __get__(self, group: Any, owner: type | None = None) -> Any:
        return self if group is None else self.of(group)
