"""Which writes to a cgroup are in force."""

from __future__ import annotations

import pytest

from nslab.cgroups.core.written import in_force

pytestmark = pytest.mark.pure


def after(*writes):
    found = []
    for file, text in writes:
        found = in_force(found, ("g", file, text))
    return [w[1:] for w in found]


def test_most_files_keep_one_value():
    assert after(("cpu.max", "max 100000"), ("pids.max", "5"), ("cpu.max", "60000 100000")) == [
        ("pids.max", "5"),
        ("cpu.max", "60000 100000"),
    ]


@pytest.mark.parametrize("file", ["io.max", "blkio.throttle.write_bps_device", "net_prio.ifpriomap"])
def test_what_was_written_for_another_device_stays(file):
    one, two = ("7:0 wbps=1", "7:1 wbps=2") if file == "io.max" else ("7:0 1", "7:1 2")
    assert after((file, one), (file, two)) == [(file, one), (file, two)]
    assert after((file, one), (file, two), (file, one)) == [(file, two), (file, one)]


def test_each_key_of_io_max_stands_for_itself():
    assert after(("io.max", "7:0 wbps=1 rbps=1"), ("io.max", "7:0 wbps=2")) == [
        ("io.max", "7:0 wbps=1 rbps=1"),
        ("io.max", "7:0 wbps=2"),
    ]
    assert after(("io.max", "7:0 wbps=1"), ("io.max", "7:0 wbps=2 rbps=max")) == [("io.max", "7:0 wbps=2 rbps=max")]


def test_rules_of_devices_add_up_until_all_are_forgotten():
    rules = [("devices.deny", "c 1:3 rw"), ("devices.allow", "c 1:5 r")]
    assert after(*rules) == rules
    assert after(*rules, ("devices.deny", "a")) == [("devices.deny", "a")]
