"""Ways out of a container that are known from manual pages and from advisories of years ago, each with what stops it.

Where it is safe, the same is tried without that part, to see that it is the one: in a user namespace, so that what gets
through is nobody outside.
"""

from __future__ import annotations

import os
import subprocess

import pytest

import nslab.container
from nslab.container.container import Container
from nslab.container.ways import WAYS, Way, attempt, tried, ways_out
from nslab.linux import files
from tests.container.conftest import without

PROBED = (
    Way("namespaces by clone(), whose flags a filter sees", "the filter", tried("/bin/clone-probe clone"),
        {"seccomp": False}),
    Way("namespaces by clone3(), whose flags no filter sees", "the filter, by ENOSYS", tried("/bin/clone-probe clone3"),
        {"seccomp": False}),
)  # fmt: skip
"""What asks for a program of the tests' own."""
ALL = (*WAYS, *PROBED)


@pytest.fixture
def outside(tmp_path):
    (tmp_path / "outside").mkdir()
    return str(tmp_path / "outside")


@pytest.fixture(scope="module")
def copy(root, tmp_path_factory):
    """A root file system that may be spoiled."""
    directory = tmp_path_factory.mktemp("ways") / "rootfs"
    subprocess.run(["cp", "-a", root, directory], check=True)
    return str(directory)


@pytest.mark.parametrize("way", ALL, ids=lambda way: way.key)
def test_it_is_closed(copy, outside, way):
    without(*way.needs)
    assert attempt(way, copy, outside, way.having) == "in"


@pytest.mark.parametrize("way", [way for way in ALL if way.without is not None], ids=lambda way: way.key)
def test_it_is_that_part_which_closes_it(copy, outside, way):
    assert attempt(way, copy, outside, way.without, standin=True) == "out"


def test_as_evidence(root):
    wanted = [*[way.key for way in WAYS if way.without is not None][:3], "the-clock"]
    seen = ways_out(root, wanted)
    assert seen.holds, seen.failures
    assert [row.key for row in seen.rows] == sorted(wanted, key=[way.key for way in WAYS].index)
    assert {row.values[2] for row in seen.rows} == {"in"}
    assert [row.values[2] for row in seen.control] == ["out", "out", "out", "not asked"]
    assert not os.path.exists(f"{root}/planted")
    assert nslab.container.ways_out is ways_out
    with pytest.raises(ValueError, match="only='by-magic': choose one of a-mount"):
        ways_out(root, "by-magic")


def test_the_filter_answers_clone_by_its_flags_and_clone3_as_an_older_kernel_does(root):
    asked = [Container(root).run(["/bin/clone-probe", how]).stdout.strip() for how in ("clone", "clone3")]
    assert asked == ["EPERM", "ENOSYS"]
    assert Container(root).run(["/bin/sh", "-c", "(exit 3); echo $?"]).stdout == "3\n", "a plain fork() goes on"


@pytest.mark.parametrize("name", ["proc", "sys", "dev"])
def test_an_image_whose_proc_is_a_link_is_refused(root, tmp_path, name):
    """What is to be covered in it would not be where it is looked for (as of CVE-2019-19921)."""
    copy, outside = copied(root, tmp_path)
    (copy / name).rmdir()
    (copy / name).symlink_to(f"../../../..{outside}")
    before = files.read("/proc/self/mountinfo")
    with pytest.raises(OSError, match=f"/{name} of the image is a link"):
        Container(copy, keep=True).run(["/bin/true"])
    assert not list(outside.iterdir())
    assert files.read("/proc/self/mountinfo") == before


def test_a_link_in_an_image_leads_no_volume_out(root, tmp_path):
    copy, outside = copied(root, tmp_path)
    (copy / "data").symlink_to(outside)
    box = Container(copy, keep=True, volumes={"/etc": "/data/in:ro"})
    assert box.run(["/bin/sh", "-c", "ls -d /data/in"], timeout=60).stdout == "/data/in\n"
    assert not list(outside.iterdir())


def copied(root, tmp_path):
    """A copy of the rootfs, to be spoiled, and an empty directory outside of it."""
    copy, outside = tmp_path / "rootfs", tmp_path / "outside"
    subprocess.run(["cp", "-a", root, copy], check=True)
    outside.mkdir()
    return copy, outside


def test_it_cannot_take_all_processes_or_memory(root):
    without("pids", "memory")
    held = Container(root, pids_max=8, memory_max="32M")
    bomb = held.run(["/bin/sh", "-c", "b() { b | b & }; b; sleep 1; ls -d /proc/[0-9]* | wc -l"], timeout=60)
    assert int((bomb.stdout.split() or ["0"])[-1]) <= 8 or "Cannot fork" in bomb.stderr


@pytest.mark.pure
def test_there_are_twenty():
    assert len({way.key for way in WAYS}) == len(WAYS) >= 20
