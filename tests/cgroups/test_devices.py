import os
from glob import glob

import pytest

import nslab
from nslab.cgroups import devices
from nslab.cgroups.core.location import where
from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import bpf, cgroupfs, files
from tests import byhand
from tests.cases import situation
from tests.cgroups.conftest import COMPLETE, PURE_V2, here

BY_HAND = [
    "open /dev/zero to read",
    "mknod of a second /dev/zero",
    "open /dev/null to read",
    "read from a /dev/zero opened before",
]


@pytest.fixture(scope="module", params=[pytest.param(1, marks=pytest.mark.any_version), 2])
def evidence(request):
    # Each group of v1 has to be mounted there, which takes a while.
    only = ("deny", "nested") if PURE_V2 and request.param == 1 else None
    return here(devices.demo, seconds=0.5, version=request.param, only=only)


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures
    assert evidence.row("deny-read-zero").measured == "EPERM"
    assert evidence.control_row("deny-read-zero").measured == "ok"


def test_what_was_open_is_read_on_by_the_kernels_own_count(evidence):
    read = evidence.row("deny-keep-bytes")
    assert read.measured >= read.expected > 0


def test_what_works_is_told_by_the_numbers_that_the_kernel_has(evidence):
    assert evidence.row("deny-works").measured == "keep 1:5, read 1:3"
    assert evidence.control_row("deny-works").measured == "keep 1:5, mknod 1:5, read 1:3, read 1:5"


def test_nothing_is_refused_before_the_rule(evidence):
    for part in ("deny", "nested"):
        assert evidence.row(f"{part}-refused").measured >= 0
        assert evidence.control_row(f"{part}-refused").measured is None


def test_it_says_what_it_asked_the_kernel(evidence):
    loaded = [str(call) for call in evidence.syscalls if "BPF_PROG_LOAD" in str(call)]
    written = [w[1:] for w in evidence.written]
    assert bool(loaded) != bool(written)
    if written:
        assert written[0] == ("devices.deny", "c 1:5 rwm")
        assert PURE_V2 or ("devices.allow", "c 1:3 rwm") in written


def test_the_version_of_this_machine_is_the_default():
    evidence = here(devices.demo, seconds=0.5, only="access")
    assert evidence.holds, evidence.failures
    assert bool(evidence.written) == (where("devices").version == 1)


def test_chart(evidence):
    assert len(evidence.plot("deny").axes) == 2
    opened = evidence.samples.series("open /dev/zero to read")
    assert {value for _, value in opened.points} == {0.0, 1.0}
    assert len(opened.points) >= 10
    assert {value for _, value in evidence.samples.series(opened.name, "without").points} == {1.0}
    assert evidence.samples.charts[0].marks[0][1] == "the rule"


def test_shell(evidence, tmp_path):
    assert byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=4) == BY_HAND


def test_c(evidence, tmp_path):
    assert byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=4) == BY_HAND


@pytest.mark.parametrize(
    ("rules", "otherwise", "zero", "full", "write"),
    [
        ([], True, "ok", "ok", "ok"),
        ([], False, "EPERM", "EPERM", "EPERM"),
        ([bpf.Rule(False, "c", 1, 7, "rwm")], True, "ok", "EPERM", "EPERM"),
        ([bpf.Rule(False, "b", 1, 7, "rwm")], True, "ok", "ok", "ok"),
        ([bpf.Rule(True, "c", 1, 7, "r")], False, "EPERM", "ok", "EPERM"),
        ([bpf.Rule(False, "c", 1, 7, "w"), bpf.Rule(True, "c", 1, 7, "rw")], False, "EPERM", "ok", "EPERM"),
    ],
)
def test_programs_follow_the_rules(rules, otherwise, zero, full, write):
    with here(nslab.Cgroup, "devices", version=2) as group:
        here(devices.restrict, group, rules, otherwise)
        assert group.call(answers) == [zero, full, write]


def answers() -> list[str]:
    found = []
    for path, flags in (("/dev/zero", os.O_RDONLY), ("/dev/full", os.O_RDONLY), ("/dev/full", os.O_WRONLY)):
        try:
            os.close(os.open(path, flags))
            found.append("ok")
        except PermissionError:
            found.append("EPERM")
    return found


@pytest.mark.pure
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seconds": 0.4}, "seconds=0.4: give a number from 0.5 to 10 s"),
        ({"seconds": 11}, "seconds=11: give a number from 0.5 to 10 s"),
        ({"seconds": None}, "seconds=None: give a number"),
        ({"version": 3}, "version=3: choose 1 or 2"),
        ({"version": "2"}, "version='2': choose 1 or 2"),
        ({"version": True}, "version=True: choose 1 or 2"),
    ],
)
def test_bad_values_are_named(options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        devices.demo(**options)


@pytest.mark.skipif(os.geteuid() != 0, reason="rules for devices ask for root")
def test_an_unknown_part_is_named():
    with pytest.raises(ValueError, match="only='no': choose one of deny, access, list, nested"):
        devices.demo(only="no")


def test_an_ordinary_user_is_told():
    told = situation.nslab("demo", "devices", within=situation.USER, statuses=[69])
    assert f"uid {os.geteuid() or 1234}" in told.text
    assert "sudo make lab" in told.text


def test_nothing_is_left(evidence):
    # Others may run the program by hand, too, and are soon done.
    assert cgroup_cleanup.wait_until(lambda: not glob("/tmp/nslab-by-hand*"), 20)
    if COMPLETE:
        assert files.read(f"{cgroupfs.mount_points()['devices']}/devices.list") == "a *:* rwm"
