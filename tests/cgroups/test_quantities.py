"""The tables of quantities and knobs, on file trees in tests/data: both versions, and no kernel."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest

from nslab.cgroups.bench.byhand import counted
from nslab.cgroups.core import formats, knobs, quantities
from nslab.cgroups.core.knobs import Knob
from nslab.cgroups.core.quantities import QUANTITIES, together
from nslab.cgroups.core.statistics import Statistics
from nslab.cgroups.core.versions import VERSIONS, checked_version
from nslab.errors import Unsupported

pytestmark = pytest.mark.pure

DATA = Path(__file__).parents[1] / "data" / "cgroups"
PACKAGE = Path(__file__).parents[2] / "nslab" / "cgroups"
NAMES = {"device": "7:0", "size": "2MB"}
ALL_KNOBS = {knob.name: knob for knob in vars(knobs).values() if isinstance(knob, Knob)}


class Tree(Statistics):
    """Directories of one version in tests/data, in place of a Cgroup; what is written comes back when it is read."""

    def __init__(self, *names: str) -> None:
        self._roots = [DATA / name for name in names]
        (self._version,) = {int(name.partition("v")[2][0]) for name in names}
        self.written: dict[str, str] = {}

    def version(self, subsystem: str, wanted: str = "") -> int:
        return self._version

    def path(self, subsystem: str, file: str = "") -> str:
        there = [root / subsystem / file for root in self._roots]
        return str(next((path for path in there if path.exists()), there[0]))

    def read(self, subsystem: str, file: str) -> str:
        return self.written.get(file) or Path(self.path(subsystem, file)).read_text().removesuffix("\n")

    def write(self, subsystem: str, wanted: list[tuple[str, str]]) -> None:
        self.written |= dict(wanted)


REAL = {1: ("v1-6.18",), 2: ("v2-6.1", "v2-6.18")}
ODD = {1: "odd-v1", 2: "odd-v2"}
COUNTED = {
    "cpu_time": {1: 0.097910413, 2: 0.97},
    "cpu_user": {1: 0, 2: 0.959222},
    "cpu_system": {1: 0.139734234, 2: 0.010777},
    "cpu_of_each": {1: [0.097217272, 0.000693141]},
    "periods": {1: 12, 2: 25},
    "throttled_periods": {1: 10, 2: 23},
    "throttled_time": {1: 0.322118353, 2: 2.01},
    "memory_usage": {1: 4755456, 2: 4726784},
    "memory_peak": {1: 16 << 20, 2: 16 << 20},
    "memory_anon": {1: 4558848, 2: 4567040},
    "memory_files": {1: 0, 2: 0},
    "memory_taken_back": {1: 4086 * 4096, 2: 0},
    "swap_usage": {1: 0, 2: 0},
    "limit_met": {1: 87, 2: 35},
    "slowed": {2: 0},
    "oom_kills": {1: 1, 2: 1},
    "under_oom": {1: 0},
    "pids": {1: 3, 2: 3},
    "pids_refused": {1: 12, 2: 3},
    "io_read": {1: 7274496, 2: 7208960},
    "io_written": {1: 4653056, 2: 5439488},
    "io_reads": {1: 111, 2: 110},
    "io_writes": {1: 71, 2: 83},
    "bfq_read": {1: 0, 2: 7208960},
    "huge_usage": {1: 2 << 20, 2: 4 << 20},
    "huge_reserved": {1: 2 << 20, 2: 4 << 20},
    "huge_met": {1: 1, 2: 1},
}
SET = {
    "weight": {1: 300, 2: 300},
    "quota": {1: 10.0, 2: 10.0},
    "cpus": {1: (0,)},  # user-mode Linux has no cpusets
    "memory_max": {1: 16 << 20, 2: 16 << 20},
    "memory_high": {1: None, 2: None},
    "swap_max": {1: 0, 2: 0},
    "pids_max": {1: 3, 2: 3},
    "io_max": {1: {"7:0": {"wbps": 4 << 20, "riops": 100}}, 2: {"7:0": {"wbps": 4 << 20, "riops": 100}}},
    "burst": {1: 0, 2: 0},
    "frozen": {1: True, 2: True},
    "oom_waits": {1: False},
    "oom_group": {2: False},
    "bfq_weight": {1: 100},  # nor bfq
    "huge_max": {1: 4 << 20, 2: 4 << 20},
    "huge_reserved_max": {1: None, 2: None},
}


@pytest.mark.parametrize("name", QUANTITIES)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_quantity_is_what_the_kernels_file_says(version, name):
    quantity, group = QUANTITIES[name].given(**NAMES), Tree(*REAL[version])
    assert set(COUNTED[name]) == set(quantity.forms)
    if version in quantity.forms:
        assert quantity.of(group) == pytest.approx(COUNTED[name][version])
        assert quantity.is_there(group)
    else:
        assert not quantity.is_there(group)


@pytest.mark.parametrize("name", SET)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_knob_is_what_the_kernels_file_says(version, name):
    if version in SET[name]:
        knob, group = ALL_KNOBS[name].given(**NAMES), Tree(*REAL[version])
        assert knob.of(group) == SET[name][version]
        assert knob.is_there(group)


def test_every_knob_and_every_quantity_is_tried():
    assert set(COUNTED) == set(QUANTITIES)
    assert set(SET) == set(ALL_KNOBS)
    assert {
        quantity.name for quantity in vars(quantities).values() if isinstance(quantity, quantities.Quantity)
    } == set(QUANTITIES)


@pytest.mark.parametrize(
    ("name", "value", "v1", "v2"),
    [
        ("weight", 300, {"cpu.shares": "3072"}, {"cpu.weight": "300"}),
        ("quota", 60, {"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "60000"}, {"cpu.max": "60000 100000"}),
        ("quota", None, {"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "-1"}, {"cpu.max": "max 100000"}),
        ("burst", 20000, {"cpu.cfs_burst_us": "20000"}, {"cpu.max.burst": "20000"}),
        ("cpus", (0,), {"cpuset.cpus": "0"}, {"cpuset.cpus": "0"}),
        ("memory_max", "64M", {"memory.limit_in_bytes": "67108864"}, {"memory.max": "67108864"}),
        ("memory_max", None, {"memory.limit_in_bytes": "-1"}, {"memory.max": "max"}),
        ("memory_high", 8192, {"memory.soft_limit_in_bytes": "8192"}, {"memory.high": "8192"}),
        ("swap_max", 0, {"memory.swappiness": "0"}, {"memory.swap.max": "0"}),
        ("swap_max", None, {"memory.swappiness": "60"}, {"memory.swap.max": "max"}),
        ("pids_max", 20, {"pids.max": "20"}, {"pids.max": "20"}),
        ("frozen", True, {"freezer.state": "FROZEN"}, {"cgroup.freeze": "1"}),
        ("frozen", False, {"freezer.state": "THAWED"}, {"cgroup.freeze": "0"}),
        ("oom_waits", True, {"memory.oom_control": "1"}, None),
        ("oom_group", True, None, {"memory.oom.group": "1"}),
        ("bfq_weight", 300, {"blkio.bfq.weight": "300"}, {"io.bfq.weight": "300"}),
        ("huge_max", 4 << 20, {"hugetlb.2MB.limit_in_bytes": "4194304"}, {"hugetlb.2MB.max": "4194304"}),
        ("huge_reserved_max", None, {"hugetlb.2MB.rsvd.limit_in_bytes": "-1"}, {"hugetlb.2MB.rsvd.max": "max"}),
    ],
)
def test_a_knob_writes_what_the_kernel_takes(name, value, v1, v2):
    knob = ALL_KNOBS[name].given(**NAMES)
    for version, expected in ((1, v1), (2, v2)):
        group = Tree(*REAL[version])
        if expected is None:
            with pytest.raises(Unsupported, match=f"v{version} of cgroups does not have it, v{3 - version} does"):
                knob.set(group, value)
        else:
            knob.set(group, value)
            assert list(group.written.items()) == list(expected.items()), "in this order"


@pytest.mark.parametrize("version", VERSIONS)
def test_limits_of_a_disk_are_written_and_read(version):
    device = next(name for name in os.listdir("/sys/dev/block"))
    group = Tree(*REAL[version])
    knobs.IO_MAX.set(group, {device: {"rbps": "4M", "wiops": 100}})
    assert group.written == (
        {"blkio.throttle.read_bps_device": f"{device} 4194304", "blkio.throttle.write_iops_device": f"{device} 100"}
        if version == 1
        else {"io.max": f"{device} rbps=4194304 wiops=100"}
    )
    assert knobs.IO_MAX.of(group)[device] == {"rbps": 4 << 20, "wiops": 100}
    knobs.IO_MAX.set(group, {device: {"rbps": None}})
    assert [text for text in group.written.values() if text in (f"{device} 0", f"{device} rbps=max")]


@pytest.mark.parametrize("value", [1, "yes", None])
def test_a_switch_is_on_or_off(value):
    with pytest.raises(TypeError, match=f"frozen={value!r}: give True or False"):
        knobs.FROZEN.set(Tree("v1-6.18"), value)


# -- what kernels are known to write, too ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "v1", "v2"),
    [
        ("memory_max", None, None),
        ("memory_high", None, None),
        ("swap_max", None, "memory.swap.max"),
        ("pids_max", None, None),
        ("huge_max", None, None),
        ("huge_reserved_max", "hugetlb.2MB.rsvd.limit_in_bytes", None),
        ("quota", None, None),
        ("weight", 0, "cpu.weight"),
        ("cpus", (0, 1, 2, 4), (0, 1, 2, 4)),
        ("io_max", {"8:0": {"rbps": (1 << 64) - 1}, "7:0": {"rbps": 4096}}, {}),
        ("frozen", False, False),
        ("oom_waits", True, "v2 of cgroups does not have it, v1 does"),
        ("bfq_weight", "blkio.bfq.weight", 300),
        ("swap_usage", 0, 0),
        ("memory_anon", 4 << 20, 4 << 20),
        ("memory_files", 8 << 20, 8 << 20),
        ("memory_taken_back", 4 << 20, 1 << 20),
        ("limit_met", "memory.failcnt", 34),
        ("slowed", "v1 of cgroups does not have it, v2 does", 12),
        ("under_oom", 1, "v2 of cgroups does not have it, v1 does"),
        ("oom_kills", "no line oom_kill in memory.oom_control", "no line oom_kill in memory.events"),
        ("memory_peak", "no memory.max_usage_in_bytes", "no memory.peak"),
        ("cpu_time", 18446744073.709551615, "cpu.stat"),
        ("throttled_periods", "no cpu.stat", "no line nr_throttled in cpu.stat"),
        ("io_read", 0, 0),
        ("io_writes", 0, 0),
    ],
)
def test_odd_files(name, v1, v2):
    term = ({**QUANTITIES, **ALL_KNOBS}[name]).given(**NAMES)
    for version, expected in ((1, v1), (2, v2)):
        group = Tree(ODD[version])
        if isinstance(expected, str):
            with pytest.raises((Unsupported, FileNotFoundError), match=expected):
                term.of(group)
        else:
            assert term.of(group) == expected


@pytest.mark.parametrize(
    ("device", "expected"),
    [("259:0", (1024, 2048, 1, 2)), ("7:7", (0, 0, 0, 0)), ("8:0", (0, 0, 0, 0)), ("253:1", ((1 << 64) - 1, 0, 0, 0))],
)
def test_devices_without_values_hide_none_that_has_some(device, expected):
    counts = (quantities.IO_READ, quantities.IO_WRITTEN, quantities.IO_READS, quantities.IO_WRITES)
    assert together(Tree("odd-v2"), *(each.given(device=device) for each in counts)) == expected


def test_a_sum_is_no_devices():
    counted_for_one = quantities.IO_READS.given(device="8:0")
    assert counted_for_one.of(Tree("odd-v1")) == 7
    assert formats.devices("8:0 Read 7\nTotal 7\n") == {"8:0": {"Read": "7"}}


def test_a_key_is_the_whole_first_word():
    assert formats.value_after("inactive_file 2\nfile 8\nfile_mapped 1", "file") == "8"
    assert formats.value_after("oom_kill_disable 1\noom_kill 3", "oom_kill") == "3"
    assert formats.value_after("file_mapped 1", "file") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max", None),
        ("-1", None),
        ("9223372036854771712", None),
        ("9223372036852678656", None),
        ("0", 0),
        ("4096", 4096),
    ],
)
def test_no_limit(text, expected):
    assert formats.limit(text) == expected


# -- what a person is told ---------------------------------------------------------------------------------


def test_what_this_kernel_lacks_is_named_with_the_linux_that_has_it():
    with pytest.raises(Unsupported) as refused:
        quantities.MEMORY_PEAK.of(Tree("odd-v2"))
    assert refused.value.what == "memory_peak (the most memory that was in use)"
    assert refused.value.why == "this kernel has no memory.peak"
    assert refused.value.mend == "use Linux 5.19 or later, such as that of the VM: vagrant up"


@pytest.mark.parametrize(("version", "mend"), [(1, "cgroup v2"), (2, "unified_cgroup_hierarchy=0")])
def test_what_only_the_other_version_has_is_told(version, mend):
    only = {1: quantities.SLOWED, 2: quantities.UNDER_OOM}[version]
    with pytest.raises(Unsupported) as refused:
        only.of(Tree(*REAL[version]))
    assert refused.value.why == f"v{version} of cgroups does not have it, v{3 - version} does"
    assert mend in refused.value.mend


def test_a_group_that_is_gone_is_not_a_kernel_that_lacks_something():
    group = Tree("odd-v2")
    group._roots = [DATA / "not-there-v2"]
    with pytest.raises(FileNotFoundError):
        quantities.SWAP_USAGE.of(group)


def test_what_the_kernel_counts_cannot_be_set():
    with pytest.raises(AttributeError, match=r"pids is what the kernel counts .*: it cannot be set"):
        Tree("v1-6.18").pids = 5


@pytest.mark.parametrize("version", [0, 3, True, "2", 1.5])
def test_a_version_is_1_or_2(version):
    with pytest.raises(ValueError, match="choose 1 or 2, or None for the one that is there"):
        checked_version(version)


def test_what_belongs_together_is_of_one_reading():
    group, read = Tree(*REAL[2]), []
    group.read = lambda subsystem, file: read.append(file) or Tree.read(group, subsystem, file)
    assert group.cpu_times == pytest.approx((0.97, 0.959222, 0.010777))
    assert group.throttled == pytest.approx((23, 25, 2.01))
    assert group.memory_events == (35, 1)
    assert read == ["cpu.stat", "cpu.stat", "memory.events"]


# -- programs by hand --------------------------------------------------------------------------------------


def test_programs_by_hand_get_file_key_and_scale():
    values = {"time": quantities.CPU_TIME, "met": quantities.LIMIT_MET}
    assert counted(1, **values) == {
        "time_file": "cpuacct.usage", "time_key": "", "time_per": "1000000000",
        "met_file": "memory.failcnt", "met_key": "", "met_per": "1",
    }  # fmt: skip
    assert counted(2, **values) == {
        "time_file": "cpu.stat", "time_key": "usage_usec ", "time_per": "1000000",
        "met_file": "memory.events", "met_key": "max ", "met_per": "1",
    }  # fmt: skip


def files_of(term: quantities.Quantity | Knob) -> set[str]:
    """The files of a term's that one version has and the other has not."""
    of_each = [
        {getattr(form, part) for part in ("file", "written", "period") if hasattr(form, part)}
        for form in (*term.forms.values(), *([None] if len(term.forms) == 1 else []))
    ]
    return of_each[0] ^ of_each[1]


def texts_of(path: Path) -> list[str]:
    """The strings of a program: of Python all constants, of shell and C the words between quotes and spaces."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return re.split(r"[\s\"';,)]+", text)
    return [node.value for node in ast.walk(ast.parse(text)) if isinstance(getattr(node, "value", None), str)]


def test_a_file_that_a_version_has_stands_in_the_table_alone():
    """No part, panel or program by hand names it: they take it from there."""
    only_one_has = set().union(*(files_of(term) for term in (*QUANTITIES.values(), *ALL_KNOBS.values())))
    only_one_has = {file for file in only_one_has if "{" not in file}
    assert {"cpu.shares", "memory.current", "io.stat", "cgroup.freeze", "memory.oom.group"} <= only_one_has
    subjects = [path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".sh", ".c") and path.name != "about.py"]
    named = {
        (str(path.relative_to(PACKAGE)), text)
        for path in subjects
        if path.parent.name != "core"
        for text in texts_of(path)
        if text.rpartition("/")[2] in only_one_has
    }
    assert not named
