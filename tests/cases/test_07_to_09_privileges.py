"""Power is a capability in a user namespace, never a uid; and limits on namespaces say ENOSPC."""

import os
import shlex

import pytest

from tests.cases.situation import NSLAB, USER, nslab

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="gives up what root has")

NESTED = ("unshare", "--user", "--map-root-user")
"""uid 0 of a user namespace that knows one id alone, and where setgroups is denied."""


def without(*capabilities):
    """The command below which root does not have these capabilities, as in a container."""
    names = ",".join(f"-{name}" for name in capabilities)
    return ("setpriv", "--bounding-set", names, "--inh-caps", names)


@pytest.mark.parametrize("name", ["uts", "ipc", "pid", "net", "mnt", "cgroup", "time"])
def test_case_7_uid_0_of_a_user_namespace_has_all_that_a_demo_needs(name):
    told = nslab("demo", name, "--json", within=NESTED, statuses=[0])
    assert told.found["holds"]


def test_case_7_who_cannot_become_another_is_told_by_which_setting():
    told = nslab("demo", "user", within=NESTED, statuses=[69])
    assert "setgroups(2) is denied in this user namespace (/proc/self/setgroups)" in told.text
    assert "run nslab outside of this user namespace" in told.text


@pytest.mark.parametrize("name", ["devices", "net_cls", "net_prio", "perf_event", "hugetlb", "rules"])
def test_case_7_what_is_asked_over_the_machine_is_not_tried(name):
    told = nslab("demo", name, "--json", within=NESTED, statuses=[0, 69])
    if told.status == 69:
        assert "user namespace" in told.text
        assert "outside of this user namespace" in told.text
        assert "sudo make lab" not in told.found["mend"], "it is root already"


def test_case_7_doctor_says_root_of_what():
    found = {each["name"]: each for each in nslab("doctor", "--json", within=NESTED, statuses=[0]).found["checks"]}
    assert found["user"]["seen"].startswith("root of a user namespace, not of the machine")


@pytest.mark.parametrize("name", ["uts", "ipc", "pid", "net", "mnt", "user", "time"])
def test_case_8_root_without_sys_admin_gets_a_user_namespace(name):
    told = nslab("demo", name, "--json", within=without("sys_admin"), statuses=[0])
    assert told.found["holds"]


@pytest.mark.parametrize("name", ["devices", "net_cls", "net_prio"])
def test_case_8_what_needs_sys_admin_names_it(name):
    told = nslab("demo", name, "--json", within=without("sys_admin"))
    if told.status == 69:
        assert "asks for CAP_SYS_ADMIN, and this process, uid 0, does not have CAP_SYS_ADMIN" in told.text
        assert "--cap-add SYS_ADMIN" in told.found["mend"]


def test_case_8_setgid_is_not_needed_for_a_user_namespace():
    told = nslab("demo", "uts", "--json", within=without("sys_admin", "setgid"), statuses=[0])
    assert told.found["holds"]
    told = nslab("demo", "user", "--json", within=without("setgid"), statuses=[69])
    assert "setgroups(2) asks for CAP_SETGID, and this process, uid 0, does not have CAP_SETGID" in told.found["why"]


def test_case_8_who_may_not_map_root_is_told_the_capability():
    told = nslab("demo", "uts", "--json", within=without("sys_admin", "setfcap"), statuses=[69])
    assert "does not have CAP_SETFCAP" in told.found["why"]
    assert "--cap-add" in told.found["mend"]


@pytest.mark.parametrize(("name", "limit"), [("net", "net"), ("pid", "pid"), ("mnt", "mnt"), ("uts", "uts")])
def test_case_9_a_limit_on_namespaces_is_named_with_its_value(name, limit):
    lower = f"echo 0 >/proc/sys/user/max_{limit}_namespaces"
    told = nslab("demo", name, "--json", within=NESTED, before=lower, statuses=[69])
    assert f"user.max_{limit}_namespaces is 0, and" in told.found["why"]
    assert f"sysctl -w user.max_{limit}_namespaces=15000" in told.found["mend"]


def test_case_9_the_parts_for_which_the_limit_is_wide_enough_hold():
    lower = "echo 1 >/proc/sys/user/max_uts_namespaces"
    told = nslab("demo", "uts", "--json", within=NESTED, before=lower, statuses=[0])
    assert told.found["holds"]
    assert "second: a new namespace (uts) is not available here: user.max_uts_namespaces is 1" in told.notes


def test_case_12_a_user_namespace_whose_maximum_is_used_up():
    lower = "echo 0 >/proc/sys/user/max_user_namespaces"
    told = nslab("demo", "uts", "--json", within=NESTED, before=lower, statuses=[0])
    assert told.found["holds"], "root of the namespace needs no other one"
    # Without CAP_SYS_ADMIN it does.
    lower += f"; exec {shlex.join([*without('sys_admin'), *NSLAB, 'demo', 'uts', '--json'])}"
    told = nslab("demo", "uts", "--json", within=NESTED, before=lower, statuses=[69])
    assert "user.max_user_namespaces = 0" in told.found["why"]
    assert "sysctl -w user.max_user_namespaces" in told.found["mend"]


def test_case_12_where_setgroups_is_denied_already():
    within = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
    told = nslab("demo", "user", "--json", within=(*USER, *within), statuses=[0])
    assert told.found["holds"]
    assert "setgroups is denied in this user namespace already (/proc/self/setgroups)" in told.notes
    assert "setgroups" not in [row["key"] for row in told.found["rows"]]


def test_an_ordinary_user_is_told_to_be_root_and_root_is_not():
    assert "sudo" in nslab("demo", "devices", "--json", within=USER, statuses=[69]).found["mend"]


def test_case_08_root_without_cap_sys_time_is_told_of_it():
    told = nslab("demo", "time", "--only", "late", "--json", within=without("sys_time"), statuses=[69])
    assert "CAP_SYS_TIME" in told.found["why"]
    assert nslab("demo", "time", "--only", "late", "--json", statuses=[0]).found["holds"]


@pytest.mark.any_version
def test_case_9_parts_in_which_a_program_gives_privileges_are_left_out_where_none_may():
    told = nslab("demo", "capabilities", "--json", within=("setpriv", "--no-new-privs"), statuses=[0])
    assert told.found["holds"]
    left_out = [note.partition(":")[0] for note in told.found["notes"] if "NoNewPrivs: 1 in /proc/self/status" in note]
    assert left_out == ["exec", "file", "no-new-privs"]
    told = nslab("demo", "seccomp", "--only", "install", within=("setpriv", "--no-new-privs"), statuses=[69])
    assert "allowPrivilegeEscalation: true" in told.text
