import errno
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import nslab
from nslab.cgroups import blkio
from nslab.cgroups.bench import disk, ioload, load
from nslab.cgroups.core.location import where
from nslab.lab.client.host import host
from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import files, loopdev
from tests import byhand
from tests.cgroups.conftest import COMPLETE, UML, here, load_loop

BY_HAND = ("write, MiB per second", "read, MiB per second")


def disks() -> set[object]:
    """What a demo could leave: loop devices on files of the demos' directory, their schedulers, files there."""
    found: set[object] = {name for name in os.listdir(loopdev.DIRECTORY) if name.startswith(("tmp", "nslab"))}
    for loop in Path("/sys/block").glob("loop*"):
        try:
            if files.read(str(loop / "loop/backing_file")).startswith(loopdev.DIRECTORY):
                found |= {loop.name, (loop.name, *re.findall(r"\[.+\]", files.read(str(loop / "queue/scheduler"))))}
        except FileNotFoundError:
            pass  # nobody uses it, or not any more
    return found


def nothing_new(before) -> bool:
    """Whether all that is new goes away, as also what others have for a demo does."""
    return cgroup_cleanup.wait_until(lambda: disks() <= before, 20)


def reads() -> int:
    """How many reads of loop devices there have been."""
    return sum(int(files.read(str(stat)).split()[0]) for stat in Path("/sys/block").glob("loop*/stat"))


@pytest.fixture(scope="module", autouse=True)
def _module_loop():
    """Without the module the demo says what to do."""
    if UML and os.geteuid() == 0 and not os.path.exists(loopdev.CONTROL):
        with pytest.raises(nslab.Unsupported, match=r"modprobe loop"):
            blkio.demo(only="bytes")
    load_loop()


@pytest.fixture(scope="module")
def before(_module_loop):
    return disks()


@pytest.fixture(scope="module")
def evidence(before):
    return here(blkio.demo)


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures
    assert {"bytes", "operations"} <= {row.part for row in evidence.rows}


def test_the_throughput_is_within_5_percent_of_the_limit(evidence):
    for name in blkio.DIRECTIONS:
        assert evidence.row(name).expected == 4
        assert evidence.row(name).measured == pytest.approx(4, rel=0.05)
        assert evidence.control_row(name).measured > 8
    assert evidence.row("account").measured == pytest.approx(4, rel=0.05)
    assert not evidence.control_row("account").holds
    assert evidence.row("account-beside").measured == 0
    for name in ("operations-write", "operations-read"):
        assert evidence.row(name).measured == pytest.approx(100, rel=0.05)
        assert evidence.control_row(name).measured > 200


def test_weights_divide_the_disk_or_it_says_why_not(evidence):
    notes = [note for note in evidence.notes if note.startswith("weights: ")]
    if COMPLETE or not notes:
        assert evidence.row("share-cgrp1").measured == pytest.approx(75, abs=3)
        assert evidence.control_row("share-cgrp1").measured == pytest.approx(50, abs=3)
    else:
        assert "bfq" in notes[0]


def test_it_says_what_it_wrote(evidence):
    written = [w[1:] for w in evidence.written]
    if where("blkio").version == 1:
        assert any(file == "blkio.throttle.write_bps_device" and text.endswith(" 4194304") for file, text in written)
        assert any(file == "blkio.throttle.read_iops_device" and text.endswith(" 100") for file, text in written)
    else:
        assert any(file == "io.max" and "wbps=4194304 rbps=4194304" in text for file, text in written)
        assert any(file == "io.max" and "wiops=100 riops=100" in text for file, text in written)


@pytest.mark.measured
def test_other_limits_reach_the_kernel():
    evidence = here(blkio.demo, bps="256K", seconds=2, only="bytes")
    assert evidence.holds, evidence.failures
    assert evidence.row("write").measured == pytest.approx(0.25, rel=0.05)


def test_chart(evidence):
    assert len(evidence.plot("bytes").axes) == 2
    for chart in evidence.samples.charts:
        assert all(len(series.points) >= 10 for series in chart.series)
    assert evidence.samples.series("write").expected == 4


@pytest.mark.measured
@pytest.mark.skipif(os.geteuid() != 0, reason="loop devices ask for root")
def test_shell(evidence, tmp_path):
    assert byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=2) == list(BY_HAND)


@pytest.mark.measured
@pytest.mark.skipif(os.geteuid() != 0, reason="loop devices ask for root")
def test_c(evidence, tmp_path):
    assert byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=2) == list(BY_HAND)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bps": "4 apples"}, "bps='4 apples': give bytes"),
        ({"bps": 1.5}, "bps=1.5: give bytes"),
        ({"bps": "1K"}, "bps='1K': give 256 KiB to 64 MiB"),
        ({"bps": "1G"}, "bps='1G': give 256 KiB to 64 MiB"),
        ({"iops": 49}, "iops=49: give a number from 50 to 2000"),
        ({"iops": 60.5}, "iops=60.5: give a whole number from 50 to 2000"),
        ({"iops": "many"}, "iops='many': give a number"),
        ({"weights": {"cgrp1": 100}}, "weights=.*give 2 to 4 groups"),
        ({"weights": [1, 2]}, "weights=.*give 2 to 4 groups"),
        ({"weights": {"a": 0, "b": 100}}, "weight of a=0: give a number from 1 to 1000"),
        ({"weights": {"a": 100, "b": 1001}}, "weight of b=1001: give a number from 1 to 1000"),
        ({"weights": {"../a": 100, "b": 100}}, "weights='../a': give 1 to 32 letters"),
        ({"weights": {"a": 100, "b": 100}}, "weights=.*give some that differ"),
        ({"seconds": 0.5}, "seconds=0.5: give a number from 2 to 30 s"),
        ({"seconds": 31}, "seconds=31: give a number from 2 to 30 s"),
        ({"seconds": "3"}, "seconds='3': give a number"),
    ],
)
def test_bad_values_are_named(options, message, before):
    with pytest.raises((TypeError, ValueError), match=message):
        blkio.demo(**options)
    assert nothing_new(before)


def test_an_unknown_part_is_named():
    with pytest.raises(ValueError, match="only='no': choose one of bytes, operations, weights"):
        blkio.demo(only="no")


@pytest.mark.skipif(os.geteuid() != 0, reason="loop devices ask for root")
def test_a_kernel_without_loop_devices_is_told(monkeypatch):
    monkeypatch.setattr(loopdev, "CONTROL", "/dev/no-loop-control")
    with pytest.raises(nslab.Unsupported, match="modprobe loop"):
        blkio.demo(only="bytes")


def refused(*_):
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), loopdev.CONTROL)


@pytest.mark.measured
def test_who_may_not_make_a_loop_device_uses_a_file_on_a_disk(monkeypatch, before):
    monkeypatch.setattr(loopdev, "loop_device", refused)
    evidence = here(blkio.demo, seconds=2)
    assert evidence.holds, evidence.failures
    assert {row.part for row in evidence.rows} == {"bytes", "operations"}
    assert evidence.row("account").holds
    used = [note for note in evidence.notes if note.startswith("No loop device may be made here, so a file on /dev/")]
    assert len(used) == 1
    assert any("weights: " in note and "sudo" in note for note in evidence.notes)
    assert nothing_new(before)


def test_what_ends_a_load_is_told(monkeypatch):
    def breaks(*_):
        os.write(1, load.READY.encode())
        time.sleep(0.2)
        raise OSError(errno.EIO, "the disk is broken")

    monkeypatch.setattr(ioload, "transfer", breaks)
    with pytest.raises(nslab.Unsupported, match=r"answers EIO \(the disk is broken\)") as ended:
        here(blkio.demo, only="bytes")
    assert ended.value.__cause__.errno == errno.EIO


def test_limits_are_for_the_whole_disk_that_a_file_is_on(monkeypatch):
    monkeypatch.setattr(loopdev, "loop_device", refused)
    with disk.disk() as found:
        node = os.stat(found.node)
        assert found.numbers == f"{os.major(node.st_rdev)}:{os.minor(node.st_rdev)}"
        assert not os.path.exists(f"/sys/block/{found.name}/partition")
        assert os.path.getsize(found.path) == disk.WRITTEN


def test_where_no_directory_is_on_a_disk_it_says_so(monkeypatch):
    monkeypatch.setattr(loopdev, "loop_device", refused)
    monkeypatch.setattr(disk, "scratch_directories", lambda: ["/dev/shm", "/proc"])
    with pytest.raises(nslab.Unsupported, match=r"/dev/shm is not on one disk.*; /proc: .*\n.*sudo make lab"):
        blkio.demo(only="bytes")


@pytest.mark.skipif(os.geteuid() != 0, reason="loop devices ask for root")
def test_a_loop_device_goes_with_its_user(before):
    """Also when it is killed."""
    program = "import os\nfrom nslab.linux import loopdev\nwith loopdev.loop_device(1 << 20): os.kill(os.getpid(), 9)"
    assert host().run([sys.executable, "-c", program]).status == -9
    assert nothing_new(before)


def test_a_killed_demo_leaves_nothing(evidence, before):
    if "weights" not in {row.part for row in evidence.rows}:
        pytest.skip("this kernel has no weights for a disk")
    program = "from nslab.cgroups import blkio; blkio.demo(only='weights')"
    already = reads()
    running = subprocess.Popen([sys.executable, "-c", program])
    assert cgroup_cleanup.wait_until(lambda: reads() > already, 10)
    assert "[bfq]" in str(disks())
    running.kill()
    running.wait()
    assert nothing_new(before)


def test_nothing_is_left(evidence, before):
    assert nothing_new(before)
