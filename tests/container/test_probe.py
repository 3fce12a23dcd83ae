"""What fifty system calls get in a container: by its filter, by its capabilities, and in nobody's way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from nslab.container import calls, compare, facts, probe
from nslab.container.container import Container, running
from nslab.lab.client.host import host
from nslab.lab.upkeep.cgroup_cleanup import wait_until
from nslab.linux import files, process
from tests.container.__main__ import config

NOT_TOLD = "this kernel was built without CONFIG_CHECKPOINT_RESTORE, and tells no filters"
LACKING = {"ENOSYS"}
"""What a kernel says that was built without a call."""
FREE = ("chroot", "sethostname", "setgroups", "unshare, CLONE_NEWUTS", "mount")
"""Calls that each kernel has, and lets through for who has the capability."""


def started(container: Container):
    return container.start(["/bin/sleep", "60"], stream=False)


def in_place(child) -> None:
    assert wait_until(lambda: process.arguments(child.pid)[0] == "/bin/sleep", 30)


@pytest.mark.pure
def test_there_are_fifty_and_each_has_a_name_of_its_own():
    assert len({call.key for call in calls.CALLS}) == len(calls.CALLS) == 50


def test_a_filter_answers_as_it_was_told(root):
    rules = {"keyctl": "EPERM", "clone3": "ENOSYS", "kcmp": "EACCES", "ptrace": "kill", "reboot": "trap", "acct": "log"}
    with started(Container(root, seccomp=rules)) as child:
        in_place(child)
        found = host().call(probe.ask, child.pid, [running[child.pid].filter])
        asked = {name: found[name] for name in rules}
        assert asked == {"keyctl": "EPERM", "clone3": "ENOSYS", "kcmp": "EACCES", "ptrace": "killed",
                         "reboot": "killed", "acct": "EPERM"}  # fmt: skip
        assert found["add_key"] == "allowed", "who is killed is followed by another, which asks on"
        assert process.runs(child.pid)


def test_without_a_filter_the_capabilities_decide(root):
    answers = {}
    for caps in ([], ["CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_SETGID"]):
        with started(Container(root, seccomp=False, capabilities=caps)) as child:
            in_place(child)
            answers[bool(caps)] = host().call(probe.ask, child.pid)
    without, with_them = answers[False], answers[True]
    assert {without[name] for name in FREE} == {"EPERM"}
    # An ordinary user's groups are not to be changed in his user namespace (user_namespaces(7)).
    expected = {name: "allowed" if name != "setgroups" or os.geteuid() == 0 else "EPERM" for name in FREE}
    assert {name: with_them[name] for name in FREE} == expected


def test_the_filter_is_the_processs_own_whoever_started_it(root, as_root):
    with started(Container(root)) as child:
        in_place(child)
        known = host().call(probe.ask, child.pid, [running[child.pid].filter])
        assert known["clone3"] == "ENOSYS"
        assert known["mount"] == "EPERM"
        found = facts.of(child.pid)[facts.CALLS]
        asked = found.pop(facts.ASKED)
        if asked == "yes":
            assert as_root
            assert found == known
            return
        assert asked == (
            NOT_TOLD if as_root else "its filters are told to nobody without CAP_SYS_ADMIN over the machine"
        )
        assert set(found.values()) == {facts.NOT_ASKED}


def test_it_changes_nothing_for_root_over_the_machine(as_root):
    def state():
        watched = ("/proc/sys/kernel/hostname", "/proc/sys/kernel/domainname", "/proc/swaps", "/proc/self/mountinfo",
                   "/proc/modules", "/sys/kernel/kexec_loaded", "/proc/sys/kernel/tainted")  # fmt: skip
        return {path: files.read(path) for path in watched if os.path.exists(path)}

    before = state()
    found = host().call(probe.ask, os.getpid())
    assert state() == before
    if as_root and process.has_capability(process.CAP_SYS_ADMIN):
        assert {each for each in found.values() if each != probe.NONE_SUCH} <= {"allowed"} | LACKING
    assert os.getpriority(os.PRIO_PROCESS, 0) == 0
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_nobody_in_the_container_can_look_into_who_asks(root):
    """Who has CAP_SYS_PTRACE in there sees it come and go in /proc, but not even what program it is."""
    maps = {"uid_map": [(0, os.geteuid(), 1)], "gid_map": [(0, os.getegid(), 1)]}
    look = """
    while :; do
        for p in /proc/[0-9]*; do
            read -r name 2>/dev/null <$p/comm || continue
            case $name in sh | readlink) continue ;; esac
            if readlink $p/exe >/dev/null 2>&1; then echo "looked into $name"
            elif [ -d $p ]; then echo "not into $name"; fi
        done
    done"""
    watching = Container(root, **maps, seccomp=False, capabilities=["CAP_SYS_PTRACE"])
    with watching.start(["/bin/sh", "-c", look], stream=False) as child:
        assert wait_until(lambda: process.arguments(child.pid)[0] == "/bin/sh", 30)
        for _ in range(50):
            host().call(probe.ask, child.pid)
            if "not into" in child.read_output():
                break
        assert "not into" in child.read_output()
        assert "looked into" not in child.read_output()


@pytest.mark.skipif(not shutil.which("runc") or os.geteuid() != 0, reason="needs root and runc (apt-get install runc)")
def test_a_container_of_runc_with_a_filter_of_its_own(root, tmp_path):
    for name in ("data", "ro"):
        (tmp_path / name).mkdir()
    (tmp_path / "one").touch()
    shutil.copytree(root, tmp_path / "rootfs", symlinks=True)
    bundle = config(tmp_path, "exec sleep 60")
    bundle["linux"]["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{"names": ["keyctl"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}],
    }
    (tmp_path / "config.json").write_text(json.dumps(bundle))
    name = f"nslab-probed-{os.getpid()}"
    said = tmp_path / "said"
    try:
        with said.open("w") as to:
            # A pipe would be held open by the container.
            made = subprocess.run(["runc", "run", "--detach", name], cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=to,
                                  stderr=to, timeout=60)  # fmt: skip
        assert made.returncode == 0, said.read_text()
        found = facts.of(compare.pid_of(f"runc:{name}"))[facts.CALLS]
        if found[facts.ASKED] == NOT_TOLD:
            pytest.skip(NOT_TOLD)
        assert found[facts.ASKED] == "yes"
        assert (found["keyctl"], found["add_key"], found["mount"]) == ("ENOSYS", "allowed", "EPERM")
        assert process.runs(compare.pid_of(f"runc:{name}"))
    finally:
        subprocess.run(["runc", "delete", "-f", name], capture_output=True, timeout=60)


def test_two_containers_as_evidence(root):
    with started(Container(root)) as one, started(Container(root, readonly=True, seccomp={"keyctl": "kill"})) as two:
        in_place(one)
        in_place(two)
        seen = compare.evidence(one.pid, two.pid)
        assert seen.holds, seen.failures
        assert seen.row("system calls, keyctl").values == ("EPERM", "killed", "EPERM")
        assert seen.control_row("system calls, keyctl").values == ("EPERM", "EPERM", "EPERM")
        assert seen.row("root, read-only").values == (False, True, False)
        assert type(seen).from_dict(json.loads(json.dumps(seen.to_dict()))) == seen
        same = compare.evidence(one.pid, one.pid)
        assert same.holds
        assert not any(row.decisive for row in same.rows)
