"""The panels of cgroups without a browser: what their controls do to the kernel's files, and that nothing stays."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest

from nslab.cgroups import blkio, cpu, cpuset, freezer, memory, pids
from nslab.cgroups.core.units import MIB
from nslab.cgroups.cpu.live import PRESETS
from nslab.cgroups.panel.theory import Wish, expected
from nslab.cgroups.pids import live as pids_panel
from nslab.errors import Unsupported
from nslab.lab.power.cpus import usable_cpus
from nslab.lab.upkeep import cgroup_cleanup
from nslab.show.live import panel as live_panel
from nslab.show.room import ROOM
from tests.cgroups.conftest import UML, load_loop
from tests.livepanel import living

ALL = {"cpu": cpu, "memory": memory, "blkio": blkio, "pids": pids, "freezer": freezer, "cpuset": cpuset}


@pytest.fixture(scope="module", autouse=True)
def _module_loop():
    load_loop()


def made(name, *args):
    # That kernel takes its time; an ordinary user, as in the VM, is whom it stands for. A loop device asks for root.
    if UML and os.geteuid() == 0 and name != "blkio":
        pytest.skip("the same panel as uid 1234 is shown on this kernel")
    try:
        return ALL[name].panel(*args)
    except Unsupported as e:
        pytest.skip(str(e))


def steps(panel, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(panel.every)
        panel.step(panel.now)
    panel.words(panel.now)


def last(panel, key):
    strip = panel.charts[key]
    return strip.all()["samples"][-1][1]


def comes(panel, wanted, seconds=60.0):
    """Go on until it is so."""
    end = time.monotonic() + seconds
    while not wanted():
        assert time.monotonic() < end, "it did not come about"
        steps(panel, panel.every)


def file_of(group, subsystem, v1, v2):
    return group.read(subsystem, v1 if group.version(subsystem) == 1 else v2).strip()


@pytest.mark.parametrize("name", ALL)
def test_without_a_browser_it_is_a_picture_and_a_table(name):
    shown = made(name)._repr_mimebundle_()["text/html"]
    assert "<svg" in shown
    assert "<table" in shown
    assert "–</td>" not in shown.split("<table")[1], "each number was measured"


def test_for_a_room_what_it_measured_is_kept(monkeypatch):
    for name, value in ROOM.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(live_panel, "RECORDED", 0.8)
    shown = made("cpu")._repr_mimebundle_()
    charts = shown[live_panel.RECORDING]["charts"]
    assert [each["block"]["key"] for each in charts] == ["share", "throttled"]
    expected = [theory["cgrp1"] for _, _, theory in charts[0]["samples"]]
    assert (expected[0], expected[-1]) == (60.0, 30.0), "half-way it was told otherwise"


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_left_and_it_can_start_again(name):
    panel = made(name)
    for _ in range(2):
        with living(panel):
            panel.rehearse()
            above = panel.above
            directories = list(above.directories.values())
            steps(panel, 0.3)
            assert all(os.path.isdir(d) for d in directories)
            assert panel.shown()
            assert "time (s)" in panel.samples().csv()
        assert not any(os.path.exists(d) for d in directories)
        left = len(os.listdir("/proc/self/fd"))
    assert panel.above is None
    with living(panel):
        panel.rehearse()
    assert len(os.listdir("/proc/self/fd")) == left, "whoever ran has been waited for"


@pytest.mark.parametrize("name", ALL)
def test_what_fails_half_way_leaves_nothing(name, monkeypatch):
    panel = made(name)
    seen = []

    def fails(*args, **how):
        seen.append(list(panel.above.directories.values()))
        raise OSError(28, "No space left on device")

    where = {"cpu": "nslab.cgroups.core.group.Cgroup.child", "freezer": "nslab.lab.client.place.Place.clone"}
    monkeypatch.setattr(where.get(name, "nslab.cgroups.panel.base.GroupPanel.set"), fails)
    with pytest.raises(OSError, match="No space"):
        panel._start()
    assert not any(os.path.exists(d) for d in seen[0])
    assert panel.above is None


# -- cpu --------------------------------------------------------------------------------------------------


@pytest.mark.pure
def test_theory():
    assert expected([Wish("a", 300), Wish("b", 100)]) == {"a": 75, "b": 25}
    assert expected([Wish("a", 100, 60.0), Wish("b", 100, 20.0)]) == {"a": 60, "b": 20}
    # A ceiling that is met leaves the rest to the others, by their weights.
    assert expected([Wish("a", 100, 10.0), Wish("b", 200), Wish("c", 100)]) == {"a": 10, "b": 60, "c": 30}
    assert expected([Wish("a", 100, wants=False), Wish("b", 1)]) == {"a": 0, "b": 100}
    inside = (Wish("anna", 100), Wish("ben", 300))
    assert expected([Wish("t", 150), Wish("s", 50, inside=inside)]) == {"t": 75, "s": 25, "anna": 6.25, "ben": 18.75}
    idle = (Wish("anna", 100, wants=False), Wish("ben", 300, wants=False))
    assert expected([Wish("t", 150), Wish("s", 50, inside=idle)])["t"] == 100


@pytest.mark.measured
@pytest.mark.parametrize("preset", PRESETS)
def test_a_picture_comes_out_as_theory_says(preset):
    with living(made("cpu", preset)) as panel:
        panel.do_all()
        steps(panel, 2.5)
        theory, names = panel._theory, [c.name for c in panel._leaves()]

        def as_expected():
            got = panel._shares(2.0)
            return {name: got[name] for name in names} == pytest.approx({name: theory[name] for name in names}, abs=3)

        # A busy machine takes its time.
        comes(panel, as_expected, 40)


def test_its_knobs_are_the_kernels_files():
    with living(made("cpu", {"a": 100, "b": 200})) as panel:
        a = panel.competitors[0]
        assert file_of(a.group, "cpu", "cpu.shares", "cpu.weight") in ("1024", "100")
        panel.do_weight("a", 300)
        assert file_of(a.group, "cpu", "cpu.shares", "cpu.weight") in ("3072", "300")
        panel.do_quota("a", 30)
        assert file_of(a.group, "cpu", "cpu.cfs_quota_us", "cpu.max").split()[0] == "30000"
        panel.do_quota("a", None)
        assert file_of(a.group, "cpu", "cpu.cfs_quota_us", "cpu.max").split()[0] in ("-1", "max")
        assert "cpu." in panel.log[0]
        refused = {("a", 0): "weight of a=0", ("a", "x"): "weight of a='x'", ("z", 5): "choose one of a, b"}
        for bad, words in refused.items():
            with pytest.raises((TypeError, ValueError), match=re.escape(words)):
                panel.do_weight(*bad)
        assert a.weight == 300


def test_its_groups_come_and_go():
    with living(made("cpu", {"a": 100, "b": 100})) as panel:
        panel.do_load("a")
        panel.do_rename("a", "web server")
        assert [c.name for c in panel.competitors] == ["web-server", "b"]
        assert len(panel.competitors[0].group.procs) == 1
        with pytest.raises(ValueError, match="taken in this panel"):
            panel.do_rename("b", "web-server")
        with pytest.raises(ValueError, match="letters"):
            panel.do_rename("b", "../up")
        for _ in range(6):
            panel.do_add()
        with pytest.raises(ValueError, match="remove one first"):
            panel.do_add()
        gone = panel.competitors[0].group.path("cpu")
        panel.do_remove("web-server")
        assert not os.path.exists(gone)
        panel.do_preset("nested")
        assert [c.name for c in panel._all()] == ["teachers", "students", "anna", "ben"]


@pytest.mark.measured
def test_a_frozen_group_leaves_the_cpu_to_the_others():
    with living(made("cpu", "3 : 1")) as panel:
        if not panel.freezes:
            pytest.skip("no freezer here")
        panel.do_all()
        panel.do_freeze("cgrp1")
        steps(panel, 1.5)
        assert panel._shares(1.0)["cgrp1"] < 0.5
        assert panel._theory == {"cgrp1": 0, "cgrp2": 100}
        panel.do_freeze("cgrp1")
        steps(panel, 1.5)
        assert panel._shares(1.0)["cgrp1"] > 60


@pytest.mark.measured
@pytest.mark.skipif(UML, reason="user-mode Linux is too slow to tell")
def test_a_demo_measures_as_if_the_panel_were_not_there():
    with living(made("cpu", {"a": 10000})) as panel:
        if not panel.freezes:
            pytest.skip("no freezer here")
        panel.do_all()
        evidence = cpu.demo(only="quota", seconds=1)
        assert evidence.holds, evidence.failures
        assert not panel.above.frozen


@pytest.mark.pure
def test_who_asks_for_a_picture_that_is_not_there_is_told():
    with pytest.raises(ValueError, match="choose one of 60 % / 20 %, 1 : 1"):
        cpu.panel("4 : 1")
    with pytest.raises(TypeError, match="1 to 8 groups"):
        cpu.panel({})
    with pytest.raises(ValueError, match="weight of a=0"):
        cpu.panel({"a": 0})


# -- the others --------------------------------------------------------------------------------------------


def test_memory_is_taken_back_and_then_somebody_dies():
    with living(made("memory", "32M")) as panel:
        assert int(file_of(panel.group, "memory", "memory.limit_in_bytes", "memory.max")) == 32 * MIB
        panel.do_file()
        comes(panel, lambda: not panel._readers)
        panel.do_take()
        comes(panel, lambda: panel.group.memory_usage >= 8 * MIB)
        panel.do_give()
        panel.do_take()
        pid = panel._child.pid
        panel.do_pilot(True)
        comes(panel, lambda: panel.group.memory_events.oom_kills == 1)
        comes(panel, lambda: panel._child is None)
        assert not os.path.exists(f"/proc/{pid}")
        assert not panel.pilot
        words = [word for _, word in panel.charts["usage"].all()["marks"]]
        assert "OOM kill" in words
        panel.do_limit(64)
        panel.do_take()
        assert panel._child.alive
        with pytest.raises(ValueError, match="memory_max=8: give a whole number from 16 to 256 MiB"):
            panel.do_limit(8)
    with pytest.raises(ValueError, match="limit='1M'"):
        memory.panel("1M")


def mib(panel):
    return panel.group.memory_usage / MIB


def take(panel, upto):
    while mib(panel) < upto:
        before = mib(panel)
        panel.do_take()
        assert cgroup_cleanup.wait_until(lambda before=before: mib(panel) >= before + 7.5, 10)


def marks(panel, key):
    return [word for _, word in panel.charts[key].all()["marks"]]


def test_memory_of_files_is_told_apart_and_taken_back():
    with living(made("memory", "48M")) as panel:
        panel.do_file()
        comes(panel, lambda: not panel._readers)
        steps(panel, 0.2)
        if last(panel, "usage")["files"] < 15:
            pytest.skip("the pages of this file were another group's already")
        # 40 MiB of the process and the file are more than the limit; without the file there is room.
        for _ in range(5):
            panel.do_take()
            steps(panel, 0.3)
        comes(panel, lambda: "reclaim" in marks(panel, "usage"))
        comes(panel, lambda: last(panel, "usage")["files"] < 15)
        assert panel.group.memory_events.oom_kills == 0
        assert panel._child.alive


def test_a_limit_below_what_is_in_use():
    """v1 says EBUSY, and the panel goes on with the limit that holds; v2 kills."""
    with living(made("memory", "64M")) as panel:
        take(panel, 40)
        if panel.group.version("memory") == 1:
            with pytest.raises(ValueError, match=r"memory_max=16 MiB: EBUSY, as \d.*free some first"):
                panel.do_limit(16)
            assert panel.limit == 64
            assert panel.group.memory_max == 64 * MIB
            assert panel._child.alive
        else:
            panel.do_limit(16)
            comes(panel, lambda: panel._child is None)
            assert "OOM kill" in marks(panel, "usage")


def test_above_high_it_is_slowed_down_and_lives():
    with living(made("memory", "128M")) as panel:
        if panel.group.version("memory") == 1:
            pytest.skip("memory.high is v2's")
        panel.do_high(16)
        take(panel, 8)
        panel.do_take()
        panel.do_pilot(True)
        comes(panel, lambda: "slowed down" in marks(panel, "usage"))
        assert panel._child.alive
        assert panel.charts["usage"].all()["samples"][-1][2] == {"usage": 16}
        panel.do_high(None)
        assert file_of(panel.group, "memory", "", "memory.high") == "max"


def test_with_swap_nobody_dies():
    with living(made("memory", "32M")) as panel:
        if memory.free_swap() < 64 * MIB:
            pytest.skip("this machine has no swap")
        panel.do_swap(True)
        panel.do_pilot(True)
        comes(panel, lambda: panel.group.swap_usage > 8 * MIB)
        steps(panel, panel.every)
        assert last(panel, "usage")["swap"] > 8
        assert last(panel, "usage")["usage"] <= 32
        assert panel.group.memory_events.oom_kills == 0


def test_a_fork_bomb_stays_below_its_ceiling():
    with living(made("pids", 10)) as panel:
        panel.do_start()
        comes(panel, lambda: marks(panel, "processes"))
        assert len(panel.group.procs) == 10
        assert marks(panel, "processes") == ["fork() says EAGAIN"]
        panel.do_limit(None)
        steps(panel, 0.2)
        assert marks(panel, "processes") == ["fork() says EAGAIN", "pids_max none"], "nobody is refused any more"
        panel.do_kill()
        panel.do_limit(20)
        panel.do_start()
        comes(panel, lambda: len(panel.group.procs) == 20)
        panel.do_limit(5)
        steps(panel, 0.5)
        assert len(panel.group.procs) == 20, "a lower limit kills nobody"
        panel.do_kill()
        assert cgroup_cleanup.wait_until(lambda: not panel.group.procs)
        with pytest.raises(TypeError, match="pids_max='many'"):
            panel.do_limit("many")
    for bad in (2, 1000, 3.5):
        with pytest.raises(ValueError, match="limit="):
            pids.panel(bad)


def test_a_fork_bomb_ends_when_its_time_is_over(monkeypatch):
    monkeypatch.setattr(pids_panel, "LONGEST", 3.0)
    with living(made("pids", 5)) as panel:
        panel.do_start()
        # What refused forks say is read: in a full pipe they would be stuck for ever.
        comes(panel, lambda: panel._bomb is None or "EAGAIN" in panel._bomb.stdout)
        assert panel._refused > 0
        comes(panel, lambda: panel._bomb is None)
        assert not panel.group.procs


def test_a_frozen_process_does_not_count():
    with living(made("freezer")) as panel:
        comes(panel, lambda: panel._child.read_output().count(".") > 3)
        panel.do_freeze()
        before = len(panel._child.read_output())
        steps(panel, 0.5)
        assert len(panel._child.read_output()) == before
        pid = panel._child.pid
        panel.do_kill()
        steps(panel, 0.3)
        # v1 lets a frozen process die only when it is thawed.
        assert os.path.exists(f"/proc/{pid}") == (panel.group.version("freezer") == 1)
        panel.do_freeze()
        comes(panel, lambda: panel._child is None)
        assert marks(panel, "ticks") == ["frozen", "SIGKILL", *(["thawed", "it has ended"] if panel.group.version(
            "freezer") == 1 else ["it has ended", "thawed"])]  # fmt: skip
        assert not panel.group.procs
        panel.do_start()
        comes(panel, lambda: panel._child.read_output().count(".") > 3)


@pytest.mark.measured
def test_loads_run_on_the_cpus_of_their_set():
    with living(made("cpuset", 2)) as panel:
        first, *others = usable_cpus()
        panel.do_run()
        panel.do_cpu(str(first), False)
        assert panel.group.cpus == tuple(others)
        steps(panel, 0.5)
        assert f"on CPU {first}" not in panel._where()
        assert panel.charts["busy"].all()["samples"][-1][2] == {f"CPU {n}": 100 for n in others if len(others) <= 2}
        for cpu_left in others[1:]:
            panel.do_cpu(str(cpu_left), False)
        with pytest.raises(ValueError, match="is the last one of the group"):
            panel.do_cpu(str(others[0]), False)
        panel.do_loads("3")
        assert len(panel.group.procs) == 3
        panel.do_run()
        assert not panel.group.procs
    for bad in (0, 5, 1.5):
        with pytest.raises(ValueError, match="loads="):
            cpuset.panel(bad)


@pytest.mark.measured
def test_a_disk_obeys_its_limit():
    with living(made("blkio", "4M")) as panel:
        panel.do_all()
        steps(panel, 2.0)
        points = panel.charts["throughput"].series("write")[0]
        late = [value for when, value in points if when > 1.0]
        assert sum(late) / len(late) == pytest.approx(4, rel=0.25)
        panel.do_limit("write", 16)
        steps(panel, 2.0)
        assert last(panel, "throughput")["write"] == pytest.approx(16, rel=0.4)
        with pytest.raises(ValueError, match="limit of read=0: give 1 to 64 MiB/s, or none"):
            panel.do_limit("read", 0)
        panel.do_limit("write", None)
        comes(panel, lambda: last(panel, "throughput")["write"] > 20)
        assert panel._top() == 8, "the other limit is still to be seen"
        os.kill(panel._running["read"].pid, signal.SIGKILL)
        comes(panel, lambda: "read" not in panel._running)
        device = panel.device.path
    assert not Path(f"/sys/block/{Path(device).name}/loop/backing_file").exists()
