"""class.toml: who is in a class, and what each may use. Whatever is not allowed there is refused in one sentence."""

from __future__ import annotations

import csv
import ipaddress
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

from nslab.cgroups.core.units import checked_size
from nslab.course.checking.exercise import all_exercises, find
from nslab.errors import checked_number, checked_whole

NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")
"""A learner's name; with its prefix it is a user's, which useradd(8) wants short and in small letters."""
MOST = 200
"""Learners on one machine."""
MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one learner has at most: bytes, percent of one CPU, a weight, processes and threads."""

    memory: int = 1 << 30
    swap: int = 0
    cpu: int = 100
    cpu_weight: int = 100
    tasks: int = 400


@dataclass(frozen=True)
class Settings:
    """A class as its file says it; `lessons` is empty where all count."""

    learners: tuple[str, ...]
    teacher: str = "teacher"
    port: int = 8000
    address: str = "0.0.0.0"
    tls_certificate: str = ""
    tls_key: str = ""
    lessons: tuple[str, ...] = ()
    deadline: datetime | None = None
    limits: Limits = Limits()
    weights: Mapping[str, float] = field(default_factory=dict)

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who signs in."""
        return (*self.learners, self.teacher)

    @property
    def exercises(self) -> tuple[str, ...]:
        """The names of the exercises that count, in the order of the lessons."""
        return tuple(each.name for each in all_exercises() if not self.lessons or each.lesson in self.lessons)

    def weight(self, exercise: str) -> float:
        """What an exercise counts."""
        return self.weights.get(exercise, 1.0)


def template() -> str:
    """The file as `nslab class init` writes it."""
    return resources.files("nslab.classroom").joinpath("class.toml").read_text(encoding="utf-8")


def read(path: Path) -> Settings:
    """What the file says. Raises ValueError, TypeError with the value and what is allowed, FileNotFoundError."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise ValueError(f"{path} is no TOML: {e}") from None
    return parsed(given, path.parent)


def parsed(given: Mapping[str, Any], beside: Path) -> Settings:
    """The settings of a file that lies in the directory `beside`. Raises as read() does."""
    _known("", given, {*_CHECKS, "learners", "learners_file", "limits", "weights"})
    values = {key: check(key, given[key]) for key, check in _CHECKS.items() if key in given}
    if bool(values.get("tls_certificate")) != bool(values.get("tls_key")):
        raise ValueError("tls_certificate and tls_key: give both of them, or none")
    learners = _learners(given, beside)
    teacher = values.get("teacher", Settings.teacher)
    if teacher in learners:
        raise ValueError(f"teacher={teacher!r}: a learner has this name; give the teacher another")
    limits = _table("limits", given)
    _known("limits.", limits, set(_LIMITS))
    weights = _table("weights", given)
    return Settings(
        learners=learners,
        limits=Limits(**{key: _LIMITS[key](f"limits.{key}", value) for key, value in limits.items()}),
        weights={find(name).name: checked_number(f"weights.{name}", value, 0, 100) for name, value in weights.items()},
        **values,
    )


def checked_learner(name: object) -> str:
    """Return a learner's name. Raises ValueError for what is none."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ValueError(f"learner {name!r}: give 1 to 20 small letters, digits and hyphens, a letter first")
    if name.startswith("class"):
        raise ValueError(f"learner {name!r}: names that begin with class are those of the class's own services")
    return name


def _known(where: str, given: Mapping[str, Any], allowed: set[str]) -> None:
    unknown = sorted(set(given) - allowed)
    if unknown:
        raise ValueError(f"{where}{unknown[0]}: there is no such setting; choose from {', '.join(sorted(allowed))}")


def _table(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    found = given.get(name, {})
    if not isinstance(found, dict):
        raise TypeError(f"{name}={found!r}: give a table, [{name}] and lines below it")
    return found


def _learners(given: Mapping[str, Any], beside: Path) -> tuple[str, ...]:
    listed = given.get("learners", [])
    if not isinstance(listed, list):
        raise TypeError(f'learners={listed!r}: give a list of names, such as ["anna", "ben"]')
    names = [*map(checked_learner, listed)]
    if "learners_file" in given:
        names += _from_file(beside / _text("learners_file", given["learners_file"]))
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(f"learner {twice!r}: the name is given twice, and a class has each of them once")
    if len(names) > MOST:
        raise ValueError(f"learners: these are {len(names)}; give at most {MOST} for one machine")
    return tuple(names)


def _from_file(path: Path) -> list[str]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [row[0].strip() for row in csv.reader(file) if row and row[0].strip()]
    except (OSError, UnicodeDecodeError) as e:
        raise ValueError(f"learners_file={str(path)!r}: it cannot be read ({e}); give a file with a name in each line"
                         ) from None  # fmt: skip
    try:
        return [*map(checked_learner, rows)]
    except ValueError as e:
        raise ValueError(f"{path}: {e}") from None


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(f'{name}={value!r}: give text, such as "…"')
    return value


def _address(name: str, value: Any) -> str:
    try:
        return str(ipaddress.ip_address(_text(name, value)))
    except ValueError:
        raise ValueError(f"{name}={value!r}: give an address of this machine, such as 0.0.0.0 or 127.0.0.1") from None


def _file(name: str, value: Any) -> str:
    if not Path(_text(name, value)).is_absolute() or not Path(value).is_file():
        raise ValueError(f"{name}={value!r}: give the absolute path of a file that is there")
    return str(value)


def _lessons(name: str, value: Any) -> tuple[str, ...]:
    there = sorted({each.lesson for each in all_exercises()})
    wrong = [each for each in value if each not in there] if isinstance(value, list) else [value]
    if wrong or not value:
        raise ValueError(f"{name}: {wrong[0] if wrong else value!r} is none of its lessons; choose from "
                         f"{', '.join(there)}, in a list such as [\"02\", \"03\"]")  # fmt: skip
    return tuple(sorted(set(value)))


def _deadline(name: str, value: Any) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError(f"{name}={value!s}: give a time with its offset, such as 2027-01-31T18:00:00+01:00")
    return value


def _whole(low: int, high: int, unit: str = "") -> Callable[[str, Any], int]:
    return lambda name, value: checked_whole(name, value, low, high, unit)


def _bytes(low: int, high: int) -> Callable[[str, Any], int]:
    return lambda name, value: checked_size(name, value, low, high)


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "port": _whole(1, 65535), "address": _address, "tls_certificate": _file, "tls_key": _file,
    "teacher": lambda _, value: checked_learner(value), "lessons": _lessons, "deadline": _deadline,
}  # fmt: skip
_LIMITS: dict[str, Callable[[str, Any], int]] = {
    "memory": _bytes(256 * MIB, MIB * MIB), "swap": _bytes(0, MIB * MIB),
    "cpu": _whole(5, 102_400, "percent of one CPU"), "cpu_weight": _whole(1, 10_000),
    "tasks": _whole(100, 100_000, "processes and threads"),
}  # fmt: skip
