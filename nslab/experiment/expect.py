"""What has to be true of a line of evidence: plain values, so that evidence can be pickled, saved and compared.

An expectation looks at a line's three values: (host before, inside, host after) of a Row, (asked, expected, measured)
of a Reading. Whatever it looks at has to have been asked: NOT_ASKED meets no expectation.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, ClassVar

from nslab.experiment.plain import frozen

NOT_ASKED = "not asked"
"""Stands in a line in place of a value that was not read."""

Value = str | int | float | bool | None | tuple[Any, ...]
Values = tuple[Value, Value, Value]


@dataclass(frozen=True)
class Expect:
    """One expectation. `sign` stands before an expected value that is a bound, or after it where it begins with "±"."""

    kinds: ClassVar[dict[str, type[Expect]]] = {}
    looks_at: ClassVar[tuple[int, ...]] = (0, 1, 2)

    def __init_subclass__(cls) -> None:
        Expect.kinds[cls.__name__] = cls

    @property
    def words(self) -> str:
        """The expectation in words."""
        raise NotImplementedError

    @property
    def sign(self) -> str:
        return ""

    def test(self, first: Any, second: Any, third: Any) -> bool:
        """Whether it is true of these three values."""
        raise NotImplementedError

    def met(self, values: Values) -> bool:
        """Whether it is true of a line's values. It is not where one of those that it looks at was not asked."""
        return all(values[i] != NOT_ASKED for i in self.looks_at) and bool(self.test(*values))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; `from_dict()` makes it again."""
        return {"is": type(self).__name__, **asdict(self)}

    @staticmethod
    def from_dict(plain: dict[str, Any]) -> Expect:
        """The expectation of which to_dict() made this. Raises KeyError for one that is not known."""
        fields = {key: frozen(value) for key, value in plain.items() if key != "is"}
        return Expect.kinds[plain["is"]](**fields)


# -- of a Row: host before, inside, host after -------------------------------------------------------------


@dataclass(frozen=True)
class Is(Expect):
    """Inside shows exactly `value`."""

    value: Value
    looks_at: ClassVar[tuple[int, ...]] = (1,)

    @property
    def words(self) -> str:
        return f"inside: {self.value}"

    def test(self, first: Any, second: Any, third: Any) -> bool:
        return bool(second == self.value)


@dataclass(frozen=True)
class OneOf(Expect):
    """Inside shows one of `values`."""

    values: tuple[Value, ...]
    looks_at: ClassVar[tuple[int, ...]] = (1,)

    @property
    def words(self) -> str:
        return f"inside: {' or '.join(map(str, self.values))}"

    def test(self, first: Any, second: Any, third: Any) -> bool:
        return second in self.values


@dataclass(frozen=True)
class Between(Expect):
    """Inside shows a number from `low` to `high`."""

    low: float
    high: float
    looks_at: ClassVar[tuple[int, ...]] = (1,)

    @property
    def words(self) -> str:
        return f"inside: {self.low:g} to {self.high:g}"

    def test(self, first: Any, second: Any, third: Any) -> bool:
        return bool(self.low <= second <= self.high)


@dataclass(frozen=True)
class Isolated(Expect):
    """Inside differs from the host, which is unchanged."""

    @property
    def words(self) -> str:
        return "differs inside, unchanged on the host"

    def test(self, first: Any, second: Any, third: Any) -> bool:
        return bool(second != first and third == first)


@dataclass(frozen=True)
class Same(Expect):
    """Both sides show the same, before and after."""

    @property
    def words(self) -> str:
        return "the same on both sides"

    def test(self, first: Any, second: Any, third: Any) -> bool:
        return bool(first == second == third)


@dataclass(frozen=True)
class Unchanged(Expect):
    """The host shows afterwards what it showed before, whatever is inside."""

    looks_at: ClassVar[tuple[int, ...]] = (0, 2)

    @property
    def words(self) -> str:
        return "unchanged on the host"

    def test(self, first: Any, second: Any, third: Any) -> bool:
        return bool(third == first)


@dataclass(frozen=True)
class OnlyInside(Expect):
    """Inside shows exactly `value`, and the host something else; the same afterwards, unless it is not `steady`."""

    value: Value
    steady: bool = True

    @property
    def words(self) -> str:
        return f"inside: {self.value}; something else{', unchanged,' if self.steady else ''} on the host"

    def test(self, first: Any, second: Any, third: Any) -> bool:
        return bool(second == self.value and self.value not in (first, third) and (first == third or not self.steady))


@dataclass(frozen=True)
class BeginsInside(Expect):
    """Inside shows a text that begins with `prefix`, and the host, unchanged, one that does not."""

    prefix: str
    meaning: str = ""

    @property
    def words(self) -> str:
        return self.meaning or f"inside: {self.prefix}…; something else, unchanged, on the host"

    def test(self, first: Any, second: Any, third: Any) -> bool:
        here, inside = (str(value).startswith(self.prefix) for value in (first, second))
        return inside and not here and bool(third == first)


@dataclass(frozen=True)
class Ahead(Expect):
    """Inside's clock is `by` seconds ahead of the host's, read before and after it, all rounded to `digits`."""

    by: float
    digits: int = 3

    @property
    def words(self) -> str:
        return f"inside - host = {self.by:g} s, to within the time that the three readings took"

    def test(self, first: Any, second: Any, third: Any) -> bool:
        rounding = 10.0**-self.digits
        return bool(first - rounding <= second - self.by <= third + rounding)


@dataclass(frozen=True)
class Exactly(Expect):
    """Host before, inside and host after show exactly these; `meaning` says what they mean."""

    before: Value
    inside: Value
    after: Value
    meaning: str = ""

    @property
    def words(self) -> str:
        return self.meaning or f"{self.before} | {self.inside} | {self.after}"

    def test(self, first: Any, second: Any, third: Any) -> bool:
        return (first, second, third) == (self.before, self.inside, self.after)

    def met(self, values: Values) -> bool:
        """Whether the values are these; where NOT_ASKED is expected, NOT_ASKED is right."""
        return bool(self.test(*values))


def _margin(value: float) -> str:
    """A margin for a reader: three digits of one of 1 or more, two of a smaller one, never as a power of ten."""
    rounded = Decimal(f"{value:.{3 if value >= 1 else 2}g}").normalize()
    return f"{rounded:f}"


# -- of a Reading: asked, expected, measured ---------------------------------------------------------------


@dataclass(frozen=True)
class Within(Expect):
    """What was measured lies at most `tolerance` (in `unit`) from what was expected."""

    tolerance: float
    unit: str
    looks_at: ClassVar[tuple[int, ...]] = (1, 2)

    @property
    def words(self) -> str:
        return f"within {_margin(self.tolerance)} {self.unit} of what is expected"

    @property
    def sign(self) -> str:
        return f"± {_margin(self.tolerance)}"

    def test(self, first: Any, second: Any, third: Any) -> bool:
        return third is not None and abs(third - second) <= self.tolerance


@dataclass(frozen=True)
class AsExpected(Expect):
    """What was measured is what was expected."""

    looks_at: ClassVar[tuple[int, ...]] = (1, 2)

    @property
    def words(self) -> str:
        return "as expected"

    def test(self, first: Any, second: Any, third: Any) -> bool:
        return bool(third == second)


@dataclass(frozen=True)
class AtMost(Expect):
    """What was measured is at most what was expected."""

    looks_at: ClassVar[tuple[int, ...]] = (1, 2)

    @property
    def words(self) -> str:
        return "at most what is expected"

    @property
    def sign(self) -> str:
        return "≤"

    def test(self, first: Any, second: Any, third: Any) -> bool:
        return third is not None and bool(third <= second)


@dataclass(frozen=True)
class AtLeast(Expect):
    """What was measured is at least what was expected."""

    looks_at: ClassVar[tuple[int, ...]] = (1, 2)

    @property
    def words(self) -> str:
        return "at least what is expected"

    @property
    def sign(self) -> str:
        return "≥"

    def test(self, first: Any, second: Any, third: Any) -> bool:
        return third is not None and bool(third >= second)


@dataclass(frozen=True)
class NothingElse(Expect):
    """What was measured are some of the expected words, at least one, and no other."""

    looks_at: ClassVar[tuple[int, ...]] = (1, 2)

    @property
    def words(self) -> str:
        return "nothing else than what is expected"

    def test(self, first: Any, second: Any, third: Any) -> bool:
        found = set(str(third).split())
        return bool(found) and found <= set(str(second).split())
