"""A chroot whose root is no mount point; /proc masked, hidden, read-only, or not there."""

import os

import pytest

from tests.cases.situation import CHROOT, USER, mounting, nslab

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="makes mounts in a namespace of its own")

MASKED = (*mounting("mount --bind /dev/null /proc/version"), *USER)
READ_ONLY = mounting("mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys")


def hiding(how):
    return (*mounting(f"mount -t proc -o hidepid={how} proc /proc"), *USER)


@pytest.mark.parametrize("name", ["uts", "ipc", "net", "time"])
def test_case_10_root_in_a_chroot_has_what_needs_no_mount(name):
    assert nslab("demo", name, "--json", within=CHROOT, statuses=[0]).found["holds"]


def test_case_10_what_mounts_is_left_out_in_a_chroot():
    told = nslab("demo", "pid", "--json", within=CHROOT, statuses=[0])
    assert told.found["holds"]
    assert "proc: a new namespace (pid, mnt) is not available here: this process runs in a chroot" in told.notes
    assert "orphans:" in told.notes
    told = nslab("demo", "mnt", "--json", within=CHROOT, statuses=[69])
    assert "chroot" in told.found["why"]


@pytest.mark.parametrize("name", ["uts", "pid", "net"])
def test_case_10_a_user_in_a_chroot_is_told_of_it(name):
    told = nslab("demo", name, "--json", within=(*CHROOT, *USER), statuses=[69])
    assert "this process runs in a chroot (chroot(2))" in told.found["why"]
    assert "pivot_root(8)" in told.found["mend"]


def test_case_10_doctor_knows_of_a_chroot():
    told = nslab("doctor", "--json", within=(*CHROOT, *USER), statuses=[1])
    check = {each["name"]: each for each in told.found["checks"]}["root directory"]
    assert (check["verdict"], check["seen"].partition(":")[0]) == ("fail", "a chroot")
    assert "pivot_root" in check["mend"]


def test_case_11_a_masked_proc_costs_the_parts_that_mount_one():
    told = nslab("demo", "pid", "--json", within=MASKED, statuses=[0])
    assert told.found["holds"]
    assert "a part of /proc is hidden here by mounts over it, as containers have it (/proc/version)" in told.notes
    assert nslab("demo", "mnt", "--json", within=MASKED, statuses=[0]).found["holds"]
    checks = {each["name"]: each for each in nslab("doctor", "--json", within=MASKED, statuses=[0]).found["checks"]}
    assert checks["/proc"]["seen"].startswith("parts are hidden (/proc/version)")


@pytest.mark.parametrize(("name", "part", "file"), [("ipc", "limits", "kernel/msgmni"),
                                                    ("net", "separate", "net/ipv4/ip_forward")])  # fmt: skip
def test_case_11_a_read_only_proc_sys_costs_one_part(name, part, file):
    told = nslab("demo", name, "--json", within=READ_ONLY, statuses=[0])
    assert told.found["holds"]
    assert f"{part}: a change of /proc/sys/{file} is not available here: /proc/sys/{file} is read-only" in told.notes
    assert "remount,rw" in told.notes


@pytest.mark.parametrize("how", [1, 2, 4])
@pytest.mark.parametrize("command", [("demo", "cgroup"), ("demo", "pid"), ("map",), ("doctor",)])
def test_case_11_others_processes_are_hidden(how, command):
    told = nslab(*command, "--json", within=hiding(how), statuses=[0, 69])
    if command == ("demo", "pid"):
        assert told.status == 0
        assert told.found["holds"]
    if command == ("doctor",):
        checks = {each["name"]: each for each in told.found["checks"]}
        assert "hidepid" in checks["/proc"]["seen"]


@pytest.mark.parametrize("path", ["/proc", "/sys"])
@pytest.mark.parametrize("command", ["doctor", "demo uts", "demo cpu", "hierarchies", "map", "ps"])
def test_case_11_proc_or_sys_is_not_mounted(path, command):
    told = nslab(*command.split(), within=mounting(f"mount -t tmpfs tmpfs {path}"), statuses=[0, 1, 69])
    if path == "/proc" and command != "ps":
        assert "mount -t proc proc /proc" in told.text
