"""The Cgroup room: knobs, statistics, processes that start inside, and clean-up."""

import concurrent.futures
import os
import signal
import subprocess
import sys
import time

import pytest

import nslab
from nslab.cgroups.bench import load
from nslab.cgroups.core import knobs, location, settings
from nslab.errors import Unsupported
from nslab.lab.client.host import host
from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import cgroupfs, files
from tests.cases.situation import USER
from tests.cases.situation import nslab as run_nslab
from tests.cgroups.conftest import COMPLETE, UML, new_hierarchies, ours


def version(subsystem):
    try:
        return location.where(subsystem).version
    except Unsupported as e:
        assert not COMPLETE
        pytest.skip(str(e))


# -- knobs -------------------------------------------------------------------------------------------------


def test_each_knob_tells_which_file_got_which_value():
    v = version("cpu")
    with nslab.Cgroup("cpu", name="web", weight=300) as group:
        expected = ("web", "cpu.shares", "3072") if v == 1 else ("web", "cpu.weight", "300")
        assert group.written == [expected]
        assert files.read(group.path("cpu", expected[1])) == expected[2]
        assert expected[1] in repr(group)
        assert expected[2] in group._repr_html_()
        group.weight = 50
        assert len(group.written) == 1
        assert group.weight == 50


@pytest.mark.parametrize(
    ("subsystem", "knob", "value", "seen"),
    [
        ("cpu", "weight", 1, 1),
        ("cpu", "weight", 10000, 10000),
        ("cpu", "quota", 60, 60.0),
        ("cpu", "quota", None, None),
        ("memory", "memory_max", "64M", 64 << 20),
        ("memory", "memory_max", "1.5G", 3 << 29),
        ("memory", "memory_max", None, None),
        ("memory", "memory_high", 8 << 20, 8 << 20),
        ("pids", "pids_max", 20, 20),
        ("pids", "pids_max", None, None),
        ("cpuset", "cpus", 0, (0,)),
        ("cpuset", "cpus", "0", (0,)),
    ],
)
def test_what_is_set_is_what_the_kernel_says(subsystem, knob, value, seen):
    version(subsystem)
    with nslab.Cgroup(subsystem, **{knob: value}) as group:
        assert getattr(group, knob) == seen


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"weight": 0}, ValueError, "weight=0: give a number from 1 to 10000"),
        ({"weight": 10001}, ValueError, "weight=10001: give a number from 1 to 10000"),
        ({"weight": "much"}, TypeError, "weight='much'"),
        ({"weight": 1.5}, ValueError, "weight=1.5: give a whole number"),
        ({"weight": float("nan")}, ValueError, "weight=nan: give a number"),
        ({"quota": 0}, ValueError, "quota=0: give a number from 1 to"),
        ({"quota": 1_000_000}, ValueError, "quota=1000000"),
        ({"memory_max": "1G B"}, ValueError, "memory_max='1G B': give bytes"),
        ({"memory_max": -1}, ValueError, "memory_max=-1"),
        ({"memory_max": True}, TypeError, "memory_max=True"),
        ({"memory_max": "9" * 400}, ValueError, "memory_max='9+': give bytes"),
        ({"pids_max": 0}, ValueError, "pids_max=0"),
        ({"pids_max": 2.9}, ValueError, r"pids_max=2\.9: give a whole number"),
        ({"cpus": 4096}, ValueError, "cpus=4096: give CPUs that are online"),
        ({"cpus": "1-"}, ValueError, "cpus='1-'"),
        ({"cpus": []}, ValueError, r"cpus=\[\]"),
        ({"cpus": "0-9999999999999"}, ValueError, "cpus='0-9999999999999': give CPUs that are online"),
        ({"io_max": {"/dev/not-there": {"wbps": 1}}}, ValueError, "io_max device='/dev/not-there': No such file"),
        ({"io_max": {"/dev/null": {"wbps": 1}}}, ValueError, "io_max device='/dev/null' is not a block device"),
        ({"io_max": {"4095:7": {"wbps": 1}}}, ValueError, "io_max device='4095:7': no block device"),
        ({"io_max": {"a\0b": {"wbps": 1}}}, ValueError, r"io_max device='a\\x00b': embedded null byte"),
        ({"io_max": "fast"}, TypeError, "io_max='fast': give a limit for each device"),
        ({"colour": "red"}, TypeError, "colour='red': there is no such knob; choose from weight, quota"),
    ],
)
def test_bad_values_are_named_before_anything_is_made(settings, error, message):
    before = ours()
    with pytest.raises(error, match=message):
        nslab.Cgroup(**settings)
    assert ours() == before


@pytest.mark.pure
@pytest.mark.parametrize(
    ("args", "kwargs", "error", "message"),
    [
        ((), {}, TypeError, "name at least one subsystem: "),
        (("cpus",), {}, ValueError, "subsystem='cpus': choose one of "),
        (("pids",), {"weight": 10}, ValueError, "weight=10 needs the subsystem cpu; this one has pids"),
        (("pids",), {"name": "a/b"}, ValueError, "name='a/b'"),
        (("pids",), {"name": ""}, ValueError, "name=''"),
        (("pids",), {"parent": 5}, TypeError, "parent=5: give a Cgroup"),
        (("pids",), {"version": "2"}, ValueError, "version='2': choose 1 or 2, or None for"),
        (("pids",), {"version": True}, ValueError, "version=True: choose 1 or 2, or None for"),
    ],
)
def test_bad_groups_are_named(args, kwargs, error, message):
    with pytest.raises(error, match=message):
        nslab.Cgroup(*args, **kwargs)


def test_a_value_that_is_refused_later_changes_nothing():
    version("pids")
    with nslab.Cgroup("pids", pids_max=7) as group:
        with pytest.raises(ValueError, match="pids_max=0"):
            group.pids_max = 0
        assert group.pids_max == 7
        with pytest.raises(ValueError, match="weight needs the subsystem cpu"):
            group.weight = 5
        for bad in (0, -1, "1", True):
            with pytest.raises(ValueError, match="pid="):
                group.add(bad)


def test_a_name_is_taken_once():
    version("pids")
    with nslab.Cgroup("pids", name="one"), pytest.raises(ValueError, match="name='one' is taken"):
        nslab.Cgroup("pids", name="one")


def test_a_name_that_was_given_is_not_used_for_one_without():
    version("pids")
    with nslab.Cgroup("pids") as first:
        following = f"cgrp{int(first.name.removeprefix('cgrp')) + 1}"
        with nslab.Cgroup("pids", name=following) as given, nslab.Cgroup("pids") as second:
            assert len({first.name, given.name, second.name}) == 3


def test_groups_from_several_threads_have_names_of_their_own():
    version("pids")
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: nslab.Cgroup("pids"), range(24)))
    assert len({group.name for group in made}) == 24
    for group in made:
        group.close()


def test_what_is_closed_says_that_it_is_gone():
    version("pids")
    group = nslab.Cgroup("pids", pids_max=7)
    group.close()
    for use in (
        lambda: group.pids_max,
        lambda: setattr(group, "pids_max", 5),
        lambda: group.pids,
        lambda: group.procs,
        lambda: group.path("pids"),
        lambda: group.add(os.getppid()),
        lambda: group.child(),
        lambda: group.run("true"),
    ):
        with pytest.raises(ProcessLookupError, match="is gone: make a new one"):
            use()


@pytest.mark.pure
def test_operations_are_limited_to_what_the_kernel_keeps():
    device = os.listdir("/sys/dev/block")[0]
    for limit in (1 << 32, 0, 1.5, "4M"):
        with pytest.raises((ValueError, TypeError), match="io_max riops="):
            knobs.IO_MAX.check("io_max", {device: {"riops": limit}})


def test_swap_alone_is_not_limited_in_v1():
    if version("memory") == 1:
        with pytest.raises(Unsupported, match="v1 has no limit of swap alone"):
            nslab.Cgroup("memory", swap_max="64M")
    with nslab.Cgroup("memory", swap_max=0) as group:
        assert group.swap_max == 0


@pytest.mark.pure
def test_weights_of_v1_are_those_of_v2_in_another_unit():
    assert [settings.shares_of(w) for w in (1, 100, 300, 10000)] == [10, 1024, 3072, 102400]


# -- processes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subsystem", ["pids", "cpu", "memory"])
def test_processes_start_inside(subsystem):
    v = version(subsystem)
    with nslab.Cgroup(subsystem, name="in") as group:
        inside = group.call(cgroupfs.paths)
        key = "" if v == 2 else next(h for h in inside if subsystem in h.split(","))
        assert inside[key].endswith("/in")
        assert f"{inside[key]}" in group.run("cat /proc/self/cgroup").stdout
        with group.clone(time.sleep, args=(60,), stream=False) as child:
            assert group.procs == [child.pid], "it is inside before clone() returns"


def test_v2_is_cloned_into_and_v1_is_not():
    v = version("pids")
    with nslab.Cgroup("pids") as group:
        child = group.clone(os.getpid, stream=False)
        child.wait()
        calls = [str(call) for call in child.syscalls]
        assert any("CLONE_INTO_CGROUP" in call for call in calls) == (v == 2)
        assert any("cgroup.procs" in call for call in calls) == (v == 1)


def test_a_sandbox_can_start_inside():
    version("pids")
    with nslab.Cgroup("pids", name="box") as group, group.sandbox(uts=True, hostname="inside") as box:
        assert box.run("hostname").stdout == "inside\n"
        assert box.pid in group.procs
        assert "/box" in box.run("cat /proc/self/cgroup").stdout


def test_what_is_added_moves():
    version("pids")
    with nslab.Cgroup("pids") as above:
        first, second = above.child("first"), above.child("second")
        with first.clone(time.sleep, args=(60,), stream=False) as child:
            second.add(child.pid)
            assert (first.procs, second.procs) == ([], [child.pid])


def test_children_are_inside_and_go_with_their_parent():
    version("pids")
    with nslab.Cgroup("pids", name="outer") as outer:
        inner = outer.child("inner", pids_max=3)
        path = inner.path("pids")
        assert path == outer.path("pids", "inner")
        assert inner.pids_max == 3
    assert not os.path.exists(path)


def test_v2_has_processes_or_children_and_says_so():
    if version("memory") == 1:
        pytest.skip("v1 has no such rule")
    with nslab.Cgroup("memory") as group, group.clone(time.sleep, args=(60,), stream=False):
        with pytest.raises(Unsupported, match="processes or children with controllers, not both"):
            group.child("inner", memory_max="8M")


# -- statistics --------------------------------------------------------------------------------------------


@pytest.mark.measured
def test_cpu_time_is_counted_in_user_and_system_mode():
    with nslab.Cgroup("cpuacct") as group:
        for function, larger in ((load.burn, "user"), (load.burn_system, "system")):
            before = group.cpu_times
            with group.clone(function, args=((0,),), stream=False):
                time.sleep(0.5)
            after = group.cpu_times
            used = {part: getattr(after, part) - getattr(before, part) for part in ("user", "system", "total")}
            assert used["total"] > 0.1
            # User-mode Linux counts all as user time.
            assert UML or used[larger] > 0.6 * (used["user"] + used["system"])


def test_memory_and_processes_are_counted():
    version("memory")
    version("pids")
    with nslab.Cgroup("memory", "pids") as group:
        assert (group.pids, group.pids_refused) == (0, 0)
        with group.clone(_hold, args=(16 << 20,), stream=False) as child:
            assert child.heard()
            assert group.pids == 1
            assert group.memory_usage > 16 << 20
        assert group.memory_events == (0, 0)


def _hold(size):
    kept = bytearray(b"x") * size
    print(len(kept), flush=True)
    time.sleep(60)


# -- freezing and killing ----------------------------------------------------------------------------------


def test_freeze_and_thaw():
    with nslab.Cgroup("freezer") as group, group.clone(load.tick, args=(0.001,), stream=False) as child:
        assert child.heard()
        group.freeze()
        assert group.frozen
        child.read_output()
        before = len(child.stdout)
        time.sleep(0.1)
        assert len(child.read_output()) == before
        group.thaw()
        assert not group.frozen
        assert cgroup_cleanup.wait_until(lambda: len(child.read_output()) > before, 30)


def test_kill_ends_all_also_what_is_frozen():
    with nslab.Cgroup("freezer") as group:
        children = [group.clone(time.sleep, args=(60,), stream=False) for _ in range(3)]
        group.freeze()
        group.kill()
        assert [child.wait(30) for child in children] == [-signal.SIGKILL] * 3


def test_who_comes_after_a_kill_lives():
    version("pids")
    with nslab.Cgroup("pids") as group:
        inner = group.child("inner")
        child = inner.clone(time.sleep, args=(60,), stream=False)
        group.kill()
        assert child.wait(30) == -signal.SIGKILL
        assert inner.run("cat /proc/self/cgroup").stdout.count("/inner\n") == 1


# -- clean-up ----------------------------------------------------------------------------------------------


@pytest.mark.measured
def test_what_is_frozen_in_one_hierarchy_does_not_hold_up_the_end_of_another():
    version("cpu")
    version("freezer")
    group = nslab.Cgroup("cpu", "freezer")
    child = group.clone(time.sleep, args=(60,), stream=False)
    group.freeze()
    directories, started = list(group.directories.values()), time.monotonic()
    group.close()
    assert time.monotonic() - started < 2
    assert not any(map(os.path.exists, directories))
    assert child.wait(30) == -signal.SIGKILL


def test_a_command_in_a_frozen_group_has_its_time_too():
    version("freezer")
    with nslab.Cgroup("freezer") as group:
        group.freeze()
        with pytest.raises(TimeoutError, match=r"thawed first|was killed after"):
            group.run("true", timeout=0.1)
        group.thaw()
        assert group.run("echo in").stdout == "in\n"


def test_a_child_below_a_frozen_group_is_not_forgotten():
    version("freezer")
    with nslab.Cgroup("freezer") as group:
        below = group.child()
        below.clone(time.sleep, args=(60,), stream=False)
        group.freeze()
        if version("freezer") == 1:
            with pytest.warns(RuntimeWarning, match="thaw"):
                below.close()
            assert all(map(os.path.exists, below.directories.values()))
    assert not below.directories


def test_who_finds_it_gone_says_nothing(recwarn):
    version("pids")
    group = nslab.Cgroup("pids")
    host().close()
    group.close()
    assert not recwarn.list
    assert not group.directories


def test_the_notebook_itself_is_not_put_where_it_would_be_killed():
    version("pids")
    with nslab.Cgroup("pids") as group, pytest.raises(ValueError, match="is this process itself"):
        group.add(os.getpid())


def test_the_end_kills_and_removes_all():
    version("pids")
    with nslab.Cgroup("pids") as group:
        child = group.child("deep").clone(time.sleep, args=(60,), stream=False)
        directory = group.path("pids")
    assert child.wait(30) == -signal.SIGKILL
    assert not os.path.exists(directory)
    with pytest.raises(ProcessLookupError, match="is gone: make a new one"):
        group.run("true")


def test_an_exception_removes_it_too():
    version("pids")
    made = []
    with pytest.raises(KeyboardInterrupt):
        _interrupted(made)
    assert not os.path.exists(made[0])


def _interrupted(made):
    with nslab.Cgroup("pids") as group:
        made.append(group.path("pids"))
        assert os.path.isdir(made[0])
        raise KeyboardInterrupt


CLIENT = """
import nslab, time
from nslab.lab.client.host import host
from nslab.cgroups.core.location import home
group = nslab.Cgroup({subsystems})
inner = group.child("inner")
inner.clone(time.sleep, args=(1000,), stream=False)
server = host() if home() is host() else home()
print(*inner.directories.values(), server.keeper, flush=True)
time.sleep(1000)
"""


def _client(subsystems):
    process = subprocess.Popen(
        [sys.executable, "-c", CLIENT.format(subsystems=subsystems)], stdout=subprocess.PIPE, text=True
    )
    *directories, keeper = process.stdout.readline().split()
    return process, directories, int(keeper)


@pytest.mark.measured
@pytest.mark.parametrize("victim", ["client", "server"])
def test_after_kill_9_nothing_is_left_within_two_seconds(victim):
    version("pids")
    process, directories, keeper = _client("'pids', 'freezer'")
    try:
        assert all(os.path.isdir(d) for d in directories)
        (server,) = [int(p) for p in files.read(f"/proc/{keeper}/task/{keeper}/children").split()]
        os.kill(process.pid if victim == "client" else server, signal.SIGKILL)
        gone = cgroup_cleanup.wait_until(lambda: not any(os.path.exists(d) for d in directories), 2)
        assert gone, directories
    finally:
        process.kill()
        process.wait()
    assert cgroup_cleanup.wait_until(lambda: not os.path.exists(f"/proc/{keeper}"), 30)


def test_when_all_were_killed_the_next_start_removes_it():
    version("pids")
    process, directories, keeper = _client("'pids'")
    (server,) = [int(p) for p in files.read(f"/proc/{keeper}/task/{keeper}/children").split()]
    for pid in (keeper, server, process.pid):
        os.kill(pid, signal.SIGKILL)
    process.wait()
    subprocess.run([sys.executable, "-c", "import nslab, os; nslab.clone(os.getpid).result()"], check=True)
    assert cgroup_cleanup.wait_until(lambda: not any(os.path.exists(d) for d in directories), 30), directories


@pytest.mark.skipif(os.geteuid() != 0, reason="a mount of a hierarchy needs root")
def test_after_kill_9_a_hierarchy_of_its_own_is_gone_too():
    before = set(cgroupfs.paths())
    name = next(name for name in ("net_prio", "net_cls") if name in cgroupfs.subsystems())
    process, _, keeper = _client(repr(name))
    try:
        assert {each for each in set(cgroupfs.paths()) - before if not each.startswith("name=")} == {name}
    finally:
        # While it lives nobody else may attach subsystems.
        process.kill()
        process.wait()
    assert cgroup_cleanup.wait_until(lambda: not new_hierarchies(before), 30)
    assert cgroup_cleanup.wait_until(lambda: not os.path.exists(f"/proc/{keeper}"), 30)


# -- where nothing may be made -----------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user to whom nothing is delegated")
def test_where_nothing_is_delegated_it_says_what_to_do():
    code = (
        "import os; os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)\n"
        "import nslab\n"
        "try:\n    nslab.Cgroup('pids')\nexcept nslab.Unsupported as e:\n    print(e)"
    )
    env = {**os.environ, "XDG_RUNTIME_DIR": "", "HOME": "/"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, cwd="/", timeout=60)
    assert "is not delegated to uid 65534" in done.stdout, done.stderr
    assert "systemd-run --user --scope -p Delegate=yes" in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user of a container without capabilities")
def test_where_nothing_is_delegated_in_a_container_it_says_what_is_possible_there():
    """Whoever becomes root there has not got CAP_SYS_ADMIN either, and outside of a user namespace's root he has."""
    bound = ("setpriv", "--bounding-set=-sys_admin", *USER[1:])
    for within, mend in ((bound, "start the container with --privileged"),
                         ((*USER, "unshare", "--user"), "run nslab outside of this user namespace")):  # fmt: skip
        told = run_nslab("demo", "pids", "--json", within=within, statuses=[69])
        assert "is not delegated to uid" in told.found["why"]
        assert mend in told.found["mend"]
        assert "systemd-run" not in told.found["mend"]
        assert "sudo" not in told.found["mend"]


@pytest.mark.pure
def test_a_controller_that_a_users_systemd_does_not_hand_on_is_named(monkeypatch):
    point, own = "/sys/fs/cgroup", "/sys/fs/cgroup/user.slice/user-1234.slice/user@1234.service/app.slice/nslab.scope"
    monkeypatch.setattr(cgroupfs, "mount_points", lambda: {"": point})
    monkeypatch.setattr(cgroupfs, "controllers", lambda of: ("cpu", "memory", "pids") + ("io",) * (of == point))
    monkeypatch.setattr(location, "_base", lambda *_: own)
    assert location.where("cpu").base == own
    with pytest.raises(Unsupported) as refused:
        location.where("blkio")
    assert refused.value.why == f"io is not delegated to uid {os.geteuid()} (it is not in {own}/cgroup.controllers)"
    assert "user@.service.d/nslab.conf with two lines, [Service] and Delegate=cpu cpuset io" in refused.value.mend
    monkeypatch.setattr(location, "_base", lambda *_: "/sys/fs/cgroup/made-by-root")
    with pytest.raises(Unsupported, match="systemd-run --user --scope -p Delegate=yes"):
        location.where("blkio")
