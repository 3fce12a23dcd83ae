"""How a value becomes what is written to a cgroup's files, and what they say becomes the value: the forms of knobs.

Each has `files(value)`, `read(read)` and `file`, the name of the file that says what is set. Source: cgroup-v2.rst,
Documentation/admin-guide/cgroup-v1/, sched-bwc.rst.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

from nslab.cgroups.core import formats
from nslab.cgroups.core.terms import Files
from nslab.errors import Unsupported
from nslab.linux import cpulist

Read = Callable[[str], str]
"""From the name of a file to its text."""
PERIOD_US = 100_000
"""Microseconds in which a quota counts, by the kernel's default (cfs_period_us)."""


class Setting(Protocol):
    """What a knob asks of each of its forms."""

    @property
    def file(self) -> str: ...
    def files(self, value: Any) -> Files: ...
    def read(self, read: Read) -> Any: ...
    def given(self, **names: str) -> Self: ...


@dataclass(frozen=True)
class Named:
    """What all forms have: `file` may have {size} in it, which `given(size="2MB")` fills in."""

    file: str

    def given(self, **names: str) -> Self:
        return replace(self, file=self.file.format(**names))


@dataclass(frozen=True)
class Limit(Named):
    """One number; `none` is how no limit is written."""

    none: str

    def files(self, value: int | None) -> Files:
        return [(self.file, self.none if value is None else str(value))]

    def read(self, read: Read) -> int | None:
        return formats.limit(read(self.file))


@dataclass(frozen=True)
class Weight(Named):
    """One number, read after a key where the file has one."""

    key: str = ""

    def files(self, value: int) -> Files:
        return [(self.file, str(value))]

    def read(self, read: Read) -> int:
        text = read(self.file)
        return int((formats.value_after(text, self.key) or text) if self.key else text)


@dataclass(frozen=True)
class Shares(Named):
    """The weight of v1: both defaults are the same, 1024 and 100."""

    def files(self, value: int) -> Files:
        return [(self.file, str(shares_of(value)))]

    def read(self, read: Read) -> int:
        return round(int(read(self.file)) * 100 / 1024)


def shares_of(weight: int) -> int:
    """The cpu.shares of v1 for a weight of v2: both defaults are the same (100 and 1024), and the least is 2."""
    return max(2, round(weight * 1024 / 100))


@dataclass(frozen=True)
class Bandwidth(Named):
    """A quota in percent of one CPU: microseconds of CPU time and those of the period, in one file."""

    def files(self, value: float | None) -> Files:
        return [(self.file, f"{'max' if value is None else round(value * PERIOD_US / 100)} {PERIOD_US}")]

    def read(self, read: Read) -> float | None:
        return _percent(*self.parts(read))

    def parts(self, read: Read) -> tuple[int | None, int]:
        """Microseconds: the quota, None where there is no limit, and the period."""
        runtime, period = read(self.file).split()
        return formats.limit(runtime), int(period)


@dataclass(frozen=True)
class Quota(Named):
    """The same in two files; the period has to be there first."""

    period: str

    def files(self, value: float | None) -> Files:
        runtime = -1 if value is None else round(value * PERIOD_US / 100)
        return [(self.period, str(PERIOD_US)), (self.file, str(runtime))]

    def read(self, read: Read) -> float | None:
        return _percent(*self.parts(read))

    def parts(self, read: Read) -> tuple[int | None, int]:
        """As in v2."""
        return formats.limit(read(self.file)), int(read(self.period))


def _percent(runtime: int | None, period: int) -> float | None:
    return None if runtime is None else runtime * 100 / period


@dataclass(frozen=True)
class Cpus(Named):
    """A list of CPUs. The one that is written may name more than there are, so what is in force is read from another
    file.
    """

    written: str

    def files(self, value: tuple[int, ...]) -> Files:
        return [(self.written, ",".join(map(str, value)))]

    def read(self, read: Read) -> tuple[int, ...]:
        return cpulist.parsed(read(self.file))


@dataclass(frozen=True)
class Switch(Named):
    """On or off: `says` is the line of `file` while it is on; `written` the file that gets `on` or `off`."""

    says: str
    written: str
    on: str = "1"
    off: str = "0"

    def files(self, value: bool) -> Files:
        return [(self.written, self.on if value else self.off)]

    def read(self, read: Read) -> bool:
        return self.says in read(self.file).splitlines()

    def shown(self, read: Read) -> str:
        """The line that tells whether it is on, unchanged."""
        lines = read(self.file).splitlines()
        return next((line for line in lines if line.split()[0] == self.says.split()[0]), lines[0])


@dataclass(frozen=True)
class Swappiness(Named):
    """No swap at all, or as much as there is."""

    def files(self, value: int | None) -> Files:
        if value:
            raise Unsupported(
                f"swap_max={value}", "v1 has no limit of swap alone (memory.memsw limits memory and swap together)",
                "give 0, which is no swap, or None; or use cgroup v2: vagrant up",
            )  # fmt: skip
        return [(self.file, "0" if value == 0 else "60")]

    def read(self, read: Read) -> int | None:
        return 0 if read(self.file) == "0" else None


IO_KEYS = {
    "rbps": "blkio.throttle.read_bps_device",
    "wbps": "blkio.throttle.write_bps_device",
    "riops": "blkio.throttle.read_iops_device",
    "wiops": "blkio.throttle.write_iops_device",
}
"""What can be limited for a device: v2's key in io.max → v1's file. Bytes, or operations, per second."""
IoLimits = dict[str, dict[str, int | None]]
"""Device → key → limit; None is no limit."""


@dataclass(frozen=True)
class IoMax(Named):
    """A line for each device, with a value for each key."""

    def files(self, value: IoLimits) -> Files:
        return [
            (self.file, f"{device} " + " ".join(f"{k}={'max' if v is None else v}" for k, v in limits.items()))
            for device, limits in value.items()
        ]

    def read(self, read: Read) -> dict[str, dict[str, int]]:
        return {
            device: {key: int(limit) for key, limit in limits.items() if limit != "max"}
            for device, limits in formats.devices(read(self.file)).items()
        }


@dataclass(frozen=True)
class Throttle(Named):
    """A file for each key, with a line for each device."""

    def files(self, value: IoLimits) -> Files:
        return [
            (IO_KEYS[key], f"{device} {limit or 0}")
            for device, limits in value.items()
            for key, limit in limits.items()
        ]

    def read(self, read: Read) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for key, file in IO_KEYS.items():
            for device, values in formats.devices(read(file)).items():
                found.setdefault(device, {})[key] = int(values[""])
        return found
