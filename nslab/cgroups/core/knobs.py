"""What can be set in a cgroup: one term for each quantity, and the file and value that it is in v1 and in v2.

A Knob is a descriptor: on a Cgroup it reads and writes like an attribute. Its value is checked before any file is
written. Source: Documentation/admin-guide/cgroup-v1/ and cgroup-v2.rst.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nslab.cgroups.core import units
from nslab.errors import Unsupported, checked_number, checked_whole

if TYPE_CHECKING:
    from nslab.cgroups.core.group import Cgroup

Files = list[tuple[str, str]]
"""Which file gets which text, in the order of writing."""
WEIGHT_MAX = 10000
PERIOD_US = 100_000
"""Microseconds in which a quota counts, by the kernel's default (cfs_period_us)."""
_PAGE = 4096
_NO_LIMIT = 1 << 62


@dataclass(frozen=True)
class Knob:
    """One quantity of one subsystem.

    `check(name, value)` returns the value as it is kept; `files(version, value)` says what to write;
    `read(group, version)` returns what the kernel says now, in the same terms.
    """

    name: str
    subsystem: str
    about: str
    check: Callable[[str, Any], Any]
    files: Callable[[int, Any], Files]
    read: Callable[[Callable[[str], str], int], Any]

    def __get__(self, group: Cgroup | None, owner: type | None = None) -> Any:
        if group is None:
            return self
        version = group.version(self.subsystem, self.name)
        return self.read(lambda file: group.read(self.subsystem, file), version)

    def __set__(self, group: Cgroup, value: Any) -> None:
        version = group.version(self.subsystem, self.name)
        group.write(self.subsystem, self.files(version, self.check(self.name, value)))


def _weight(name: str, value: Any) -> int:
    return checked_whole(name, value, 1, WEIGHT_MAX)


def shares_of(weight: int) -> int:
    """The cpu.shares of v1 for a weight of v2: both defaults are the same (100 and 1024), and the least is 2."""
    return max(2, round(weight * 1024 / 100))


def _weight_files(version: int, value: int) -> Files:
    return [("cpu.weight", str(value))] if version == 2 else [("cpu.shares", str(shares_of(value)))]


def _read_weight(read: Callable[[str], str], version: int) -> int:
    return int(read("cpu.weight")) if version == 2 else round(int(read("cpu.shares")) * 100 / 1024)


def _quota(name: str, value: Any) -> float | None:
    if value is None:
        return None
    # 1 ms in 100 ms is the least that the kernel takes.
    return checked_number(name, value, 1, 100 * len(units.online_cpus()), "percent of one CPU")


def _quota_files(version: int, value: float | None) -> Files:
    runtime = None if value is None else round(value * PERIOD_US / 100)
    if version == 2:
        return [("cpu.max", f"{'max' if runtime is None else runtime} {PERIOD_US}")]
    return [("cpu.cfs_period_us", str(PERIOD_US)), ("cpu.cfs_quota_us", str(-1 if runtime is None else runtime))]


def _read_quota(read: Callable[[str], str], version: int) -> float | None:
    if version == 2:
        runtime, period = read("cpu.max").split()
        return None if runtime == "max" else int(runtime) * 100 / int(period)
    runtime = read("cpu.cfs_quota_us")
    return None if int(runtime) < 0 else int(runtime) * 100 / int(read("cpu.cfs_period_us"))


def _limit(name: str, value: Any) -> int | None:
    return None if value is None else units.checked_size(name, value, low=_PAGE) // _PAGE * _PAGE


def _limit_files(v1: str, v2: str) -> Callable[[int, int | None], Files]:
    def files(version: int, value: int | None) -> Files:
        if version == 2:
            return [(v2, "max" if value is None else str(value))]
        return [(v1, "-1" if value is None else str(value))]

    return files


def _read_limit(v1: str, v2: str) -> Callable[[Callable[[str], str], int], int | None]:
    def read_limit(read: Callable[[str], str], version: int) -> int | None:
        text = read(v2 if version == 2 else v1)
        return None if text == "max" or int(text) >= _NO_LIMIT else int(text)

    return read_limit


def _swap_files(version: int, value: int | None) -> Files:
    if version == 2:
        return [("memory.swap.max", "max" if value is None else str(value))]
    if value:
        raise Unsupported(
            f"swap_max={value}", "v1 has no limit of swap alone (memory.memsw limits memory and swap together)",
            "give 0, which is no swap, or None; or use cgroup v2: vagrant up",
        )  # fmt: skip
    return [("memory.swappiness", "0" if value == 0 else "60")]


def _swap(name: str, value: Any) -> int | None:
    return None if value is None else units.checked_size(name, value)


def _read_swap(read: Callable[[str], str], version: int) -> int | None:
    if version == 2:
        return _read_limit("", "memory.swap.max")(read, version)
    return 0 if read("memory.swappiness") == "0" else None


def _count(name: str, value: Any) -> int | None:
    return None if value is None else checked_whole(name, value, 1, 4_194_304, "processes and threads")


def _count_files(version: int, value: int | None) -> Files:
    return [("pids.max", "max" if value is None else str(value))]


def _read_count(read: Callable[[str], str], version: int) -> int | None:
    text = read("pids.max")
    return None if text == "max" else int(text)


def _cpus_files(version: int, value: tuple[int, ...]) -> Files:
    return [("cpuset.cpus", ",".join(map(str, value)))]


def _read_cpus(read: Callable[[str], str], version: int) -> tuple[int, ...]:
    return units.cpu_list(read("cpuset.cpus.effective" if version == 2 else "cpuset.effective_cpus"))


IO_KEYS = {
    "rbps": "blkio.throttle.read_bps_device",
    "wbps": "blkio.throttle.write_bps_device",
    "riops": "blkio.throttle.read_iops_device",
    "wiops": "blkio.throttle.write_iops_device",
}
"""What can be limited for a device: v2's key in io.max → v1's file. Bytes, or operations, per second."""


def _io(name: str, value: Any) -> dict[str, dict[str, int | None]]:
    wanted = f"{name}={value!r}: give a limit for each device, such as {{'/dev/loop0': {{'wbps': '4M'}}}}"
    if not isinstance(value, dict) or not value:
        raise TypeError(wanted)
    checked: dict[str, dict[str, int | None]] = {}
    for device, limits in value.items():
        numbers = units.checked_device(f"{name} device", device)
        if not isinstance(limits, dict) or not limits:
            raise TypeError(wanted)
        for key, limit in limits.items():
            if key not in IO_KEYS:
                raise ValueError(f"{name}: {key!r} is not a limit: choose from {', '.join(IO_KEYS)}")
            checked.setdefault(numbers, {})[key] = None if limit is None else _io_limit(f"{name} {key}", limit)
    return checked


def _io_limit(name: str, limit: Any) -> int:
    if name.endswith("iops"):
        # The kernel keeps them in 32 bits.
        return checked_whole(name, limit, 1, (1 << 32) - 1, "operations per second")
    return units.checked_size(name, limit, low=1)


def _io_files(version: int, value: dict[str, dict[str, int | None]]) -> Files:
    if version == 2:
        return [
            ("io.max", f"{device} " + " ".join(f"{k}={'max' if v is None else v}" for k, v in limits.items()))
            for device, limits in value.items()
        ]
    return [
        (IO_KEYS[key], f"{device} {limit or 0}") for device, limits in value.items() for key, limit in limits.items()
    ]


def _read_io(read: Callable[[str], str], version: int) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    if version == 2:
        for line in read("io.max").splitlines():
            device, *pairs = line.split()
            limits = dict(pair.split("=") for pair in pairs)
            found[device] = {key: int(limit) for key, limit in limits.items() if limit != "max"}
        return found
    for key, file in IO_KEYS.items():
        for line in read(file).splitlines():
            device, limit = line.split()
            found.setdefault(device, {})[key] = int(limit)
    return found


WEIGHT = Knob("weight", "cpu", "share of the CPU when others want it too, 1 to 10000 (100 by default)",
              _weight, _weight_files, _read_weight)  # fmt: skip
QUOTA = Knob("quota", "cpu", "most CPU time, in percent of one CPU; None is no limit",
             _quota, _quota_files, _read_quota)  # fmt: skip
CPUS = Knob("cpus", "cpuset", "the CPUs that may be used", units.checked_cpus, _cpus_files, _read_cpus)
MEMORY_MAX = Knob("memory_max", "memory", "most memory, in bytes; None is no limit", _limit,
                  _limit_files("memory.limit_in_bytes", "memory.max"),
                  _read_limit("memory.limit_in_bytes", "memory.max"))  # fmt: skip
MEMORY_HIGH = Knob("memory_high", "memory", "memory above which the kernel reclaims, in bytes (v1: soft limit)", _limit,
                   _limit_files("memory.soft_limit_in_bytes", "memory.high"),
                   _read_limit("memory.soft_limit_in_bytes", "memory.high"))  # fmt: skip
SWAP_MAX = Knob("swap_max", "memory", "most swap, in bytes; 0 is none (v1: swappiness)", _swap, _swap_files, _read_swap)
PIDS_MAX = Knob("pids_max", "pids", "most processes and threads; None is no limit", _count, _count_files, _read_count)
IO_MAX = Knob("io_max", "blkio", "most bytes (rbps, wbps) and operations (riops, wiops) per second, for each device",
              _io, _io_files, _read_io)  # fmt: skip

KNOBS: dict[str, Knob] = {
    knob.name: knob for knob in (WEIGHT, QUOTA, CPUS, MEMORY_MAX, MEMORY_HIGH, SWAP_MAX, PIDS_MAX, IO_MAX)
}
