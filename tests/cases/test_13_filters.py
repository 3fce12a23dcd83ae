"""A filter of system calls (seccomp(2)) answers ENOSYS or EPERM, as containers of today and of years ago have it."""

import os

import pytest

from nslab.linux import cgroupfs
from tests.cases.situation import filtered, nslab

WITHOUT_CLONE3 = filtered("ENOSYS", "clone3")


@pytest.mark.parametrize("name", ["uts", "pid", "net", "mnt", "user", "time"])
def test_case_13_without_clone3_it_is_done_by_clone(name):
    told = nslab("demo", name, "--json", within=WITHOUT_CLONE3, statuses=[0])
    assert told.found["holds"]


def test_case_13_the_calls_are_those_that_were_made():
    told = nslab("demo", "time", "--only", "difference", "--json", within=WITHOUT_CLONE3, statuses=[0])
    calls = [(call["name"], call["errno"]) for call in told.found["syscalls"] + told.found["plumbing"]]
    assert ("unshare", None) in calls
    assert ("setns", None) in calls


@pytest.mark.parametrize("name", ["freezer", "perf_event"])
def test_case_13_a_child_is_moved_into_its_cgroup(name):
    if "" not in cgroupfs.mount_points() and name not in cgroupfs.subsystems():
        pytest.skip("neither v2 nor this subsystem is here")
    told = nslab("demo", name, "--json", within=WITHOUT_CLONE3, statuses=[0, 69])
    if told.status == 69:
        assert "clone3" not in told.text


@pytest.mark.parametrize("call", ["clone3", "pidfd_open"])
@pytest.mark.parametrize("command", [("demo", "uts"), ("demo", "net"), ("doctor",)])
def test_case_13_a_filter_that_says_eperm_is_named(call, command):
    told = nslab(*command, "--json", within=filtered("EPERM", call), statuses=[1, 69])
    assert "call again" not in told.text
    if command == ("doctor",):
        checks = {each["name"]: each for each in told.found["checks"]}
        assert checks["seccomp"]["verdict"] == "fail"
        assert f"{call}: EPERM" in checks["seccomp"]["seen"]
    else:
        assert told.status == 69
        assert f"answers EPERM to {call}(2)" in told.found["why"]
    assert "--security-opt seccomp=unconfined" in told.text


@pytest.mark.parametrize(("call", "name"), [("unshare", "time"), ("setns", "time"), ("mount", "mnt")])
def test_case_13_another_call_costs_the_parts_that_make_it(call, name):
    told = nslab("demo", name, "--json", within=filtered("EPERM", call), statuses=[0, 69])
    assert f"answers EPERM to {call}(2)" in told.text


def test_a_call_that_nslab_cannot_do_without_is_named():
    told = nslab("demo", "uts", "--json", within=filtered("ENOSYS", "memfd_create"), statuses=[69])
    assert "what answers to memfd_create" in told.found["why"]


@pytest.mark.skipif(os.geteuid() != 0, reason="a rule for devices asks for root")
@pytest.mark.parametrize(("parts", "status"), [((), 0), (("--only", "deny"), 69)])
def test_what_is_refused_before_there_is_a_rule_is_not_taken_for_a_fault_of_the_kernel(parts, status):
    told = nslab("demo", "devices", *parts, "--json", within=filtered("EPERM", "mknod,mknodat"), statuses=[status])
    assert "may be what answers to mknod" in told.text
