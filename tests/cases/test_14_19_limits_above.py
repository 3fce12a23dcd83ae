"""Limits that lie above a process: CPUs, real-time policy, ceilings, memory, processes."""

import contextlib
import os
import resource
import subprocess
import time

import pytest

from nslab.cgroups.core.group import Cgroup
from nslab.errors import Unsupported
from nslab.lab.power.cpus import usable_cpus
from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import cgroupfs, files, process
from tests.cases.situation import USER, nslab

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="makes a cgroup beside nslab's")
ONE = ("taskset", "--cpu-list", str(usable_cpus()[0]))


@contextlib.contextmanager
def cgroup(controller, **settings):
    """The command below which a process is in a cgroup of v1 of the test's own, where this controller has a limit."""
    points = cgroupfs.mount_points()
    point = next((point for hierarchy, point in points.items() if controller in hierarchy.split(",")), None)
    if point is None:
        pytest.skip(f"no hierarchy of v1 has {controller}")
    directory = f"{point}/test-{controller}-{os.getpid()}"
    os.mkdir(directory)
    try:
        for file, value in settings.items():
            files.write(f"{directory}/{controller}.{file}", str(value))
        yield ("/bin/sh", "-ec", f'echo $$ >{directory}/cgroup.procs; exec "$@"', "sh")
    finally:
        deadline = 50
        while deadline:
            try:
                os.rmdir(directory)
                break
            except OSError:
                deadline -= 1
                subprocess.run(["sleep", "0.1"])


@contextlib.contextmanager
def cgroup_of_v2(*controllers, **settings):
    """The same in v2, as a container sees it: that cgroup is the root of the hierarchy there."""
    point = cgroupfs.mount_points().get("")
    missing = point and set(controllers) - set(cgroupfs.controllers(point))
    if point is None or missing:
        pytest.skip("v2 is not mounted here, or v1 has its controllers: tests/v2/boot.sh tests/cases -k case_19")
    directory, given = f"{point}/test-v2-{os.getpid()}", cgroupfs.controllers(point, "subtree_control")
    files.write(f"{point}/cgroup.subtree_control", " ".join(f"+{each}" for each in controllers))
    os.mkdir(directory)
    try:
        for file, value in settings.items():
            files.write(f"{directory}/{file.replace('_', '.')}", str(value))
        remount = f"umount -l {point}; mount -t cgroup2 cgroup2 {point}"
        yield ("/bin/sh", "-ec", f'echo $$ >{directory}/cgroup.procs; exec "$@"', "sh",
               "unshare", "--mount", "--cgroup", "/bin/sh", "-ec", f'{remount}; exec "$@"', "sh")  # fmt: skip
    finally:
        assert cgroup_cleanup.wait_until(lambda: _is_gone(directory), 10), directory
        taken = [f"-{each}" for each in controllers if each not in given]
        files.write(f"{point}/cgroup.subtree_control", " ".join(taken))


def _is_gone(directory):
    for each in cgroupfs.tree(directory):
        with contextlib.suppress(OSError):
            os.rmdir(each)
    return not os.path.exists(directory)


@pytest.mark.parametrize("name", ["cpuacct", "perf_event"])
def test_case_14_only_the_cpus_that_a_process_may_use_exist(name):
    told = nslab("demo", name, "--json", within=ONE, statuses=[0, 69])
    if told.status == 69:
        assert "sched_setaffinity" not in told.text


@ROOT
def test_case_14_a_cpuset_above_is_no_error():
    with cgroup("cpuset", mems=0, cpus=usable_cpus()[0]) as within:
        told = nslab("demo", "cpu", "--only", "shares", "--json", within=within, statuses=[0])
        assert told.found["holds"]
        checks = {c["name"]: c for c in nslab("doctor", "--json", within=within, statuses=[0]).found["checks"]}
        if os.cpu_count() > 1:
            assert "and this process may not use them" in checks["CPUs"]["seen"]


@pytest.mark.skipif(os.cpu_count() < 2, reason="has one CPU anyway")
def test_case_14_a_demo_that_wants_two_cpus_says_which_are_out_of_reach():
    told = nslab("demo", "cpuset", "--json", within=ONE, statuses=[69])
    assert "this process may use one CPU of this machine, and not" in told.text
    assert "AllowedCPUs=" in told.text


@ROOT
@pytest.mark.parametrize("name", ["pids", "cpu"])
def test_case_15_a_real_time_policy(name):
    told = nslab("demo", name, "--json", within=("chrt", "--rr", "6"), statuses=[0, 69])
    if told.status == 69:
        assert "real-time policy" in told.text
        assert "chrt --other 0" in told.text


@ROOT
def test_case_18_a_limit_on_processes_above_is_named():
    with cgroup("pids", max=6) as within:
        told = nslab("demo", "uts", "--json", within=within, statuses=[69])
    assert "pids.max of the cgroup" in told.text
    assert "is 6" in told.text


def test_case_18_a_users_limit_on_processes_is_named():
    limit = ("prlimit", f"--nproc={max(1, len(_of_user()) + 3)}")
    told = nslab("demo", "pid", "--json", within=(*limit, *USER) if USER else limit, statuses=[0, 69])
    if "EAGAIN" in told.text:
        assert "ulimit -u" in told.text


def _of_user():
    uid = os.geteuid() or 1234
    return [pid for pid in filter(str.isdigit, os.listdir("/proc")) if _uid(pid) == uid]


def _uid(pid):
    try:
        return os.stat(f"/proc/{pid}").st_uid
    except OSError:
        return -1


def test_too_few_descriptors_are_named():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    told = nslab("demo", "uts", "--json", within=("prlimit", f"--nofile=16:{hard}"), statuses=[0, 69])
    if told.status == 69:
        assert "ulimit -n" in told.text


def as_a_container(controller, within):
    """The same command with that cgroup as the root of its hierarchy, as a container sees it (cgroup_namespaces(7))."""
    points = cgroupfs.mount_points()
    hierarchy, point = next((h, p) for h, p in points.items() if controller in h.split(","))
    remount = f"umount -l {point}; mount -t cgroup -o {hierarchy} {hierarchy} {point}"
    return (*within, "unshare", "--mount", "--cgroup", "/bin/sh", "-ec", f'{remount}; exec "$@"', "sh")


@ROOT
def test_case_16_a_ceiling_above_is_named_before_anything_is_measured():
    with cgroup("cpu", cfs_quota_us=50_000) as within:
        told = nslab("demo", "cpu", "--only", "quota", "--json", within=as_a_container("cpu", within), statuses=[69])
        assert "a cgroup above allows 50 %" in told.found["why"]
        assert "cpu.cfs_quota_us" in told.found["why"]
        checks = {c["name"]: c for c in nslab("doctor", "--json", within=within, statuses=[0]).found["checks"]}
        assert "no more than 50 % of one" in checks["CPUs"]["seen"]


@ROOT
def test_case_17_a_memory_limit_above_is_named_before_a_process_is_killed():
    with cgroup("memory", limit_in_bytes=150 << 20) as within:
        told = nslab("demo", "memory", "--set", "limit=64M", "--json", within=as_a_container("memory", within),
                     statuses=[69])  # fmt: skip
        assert "memory.limit_in_bytes" in told.found["why"]
        assert "limit" in told.found["mend"]


@ROOT
def test_case_19_a_memory_high_above_is_named_and_nothing_is_slowed_down_by_it():
    with cgroup_of_v2("memory", memory_high=150 << 20) as within:
        told = nslab("demo", "memory", "--set", "limit=64M", "--json", within=within, statuses=[69])
        assert "memory.high of /sys/fs/cgroup is 157286400" in told.found["why"]
        assert "raise the limit above" in told.found["mend"]
        assert nslab("demo", "memory", "--only", "limit", "--set", "limit=16M", "--json", within=within).found["holds"]


@ROOT
@pytest.mark.parametrize(("limit", "part"), [("wbps=1048576", "bytes"), ("riops=120", "operations")])
def test_case_19_an_io_max_above_is_named_before_anything_is_measured(limit, part):
    there = os.stat("/var/tmp").st_dev
    disk = f"{os.major(there)}:{os.minor(there)}"
    if not os.path.exists(f"/sys/dev/block/{disk}") or os.path.exists(f"/sys/dev/block/{disk}/partition"):
        pytest.skip("/var/tmp is not on a whole disk: tests/v2/boot.sh tests/cases -k case_19")
    with cgroup_of_v2("io", io_max=f"{disk} {limit}") as within:
        told = nslab("demo", "blkio", "--only", part, "--json", within=within, statuses=[69])
        assert f"{limit.partition('=')[0]} for the disk {disk} in io.max of /sys/fs/cgroup is" in told.found["why"]
        assert "raise the one above" in told.found["mend"]


@ROOT
@pytest.mark.parametrize("version", [1, 2])
def test_case_19_a_group_below_a_frozen_one_says_which_keeps_it_frozen(version):
    try:
        above = Cgroup("freezer", version=version)
    except Unsupported as e:
        pytest.skip(str(e))
    with above:
        below = above.child("below")
        with below.clone(time.sleep, args=(60,), stream=False) as child:
            above.freeze()
            with pytest.raises(TimeoutError, match="is above it, is frozen: thaw that") as refused:
                below.thaw()
            assert above.path("freezer") in str(refused.value)
            assert process.runs(child.pid)
            above.thaw()
            assert not below.frozen
