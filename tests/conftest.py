"""What every test starts from."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from nslab.lab.client.host import host
from nslab.lab.server.keeper import clean
from nslab.lab.upkeep import registry, session
from nslab.linux import cgroupfs, files, mountinfo

MEASURED = ("cgroups", "browser")
"""The directories whose tests measure time: what else the machine does, or its host, can disturb them."""


def pytest_collection_modifyitems(items):
    """Let what is measured be measured again; pytest's summary tells how often that was."""
    for item in items:
        if item.path.parent.name in MEASURED:
            item.add_marker(pytest.mark.flaky(reruns=2, reruns_delay=1))


@pytest.fixture(scope="session")
def as_root() -> bool:
    return os.geteuid() == 0


@pytest.fixture(scope="session", autouse=True)
def _end_the_fork_server():
    yield
    host().close()


@pytest.fixture(scope="session", autouse=True)
def _the_machine_stays_as_it_was(_end_the_fork_server):
    """The whole suite leaves the machine as it found it. Runs around everything, so also around a failure."""
    clean()
    before = _machine()
    yield
    host().close()
    # Tests that kill keeper, fork server and client at once leave to the next start what it has to finish.
    clean()
    deadline = time.monotonic() + 5
    while (after := _machine()) != before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert after == before


@pytest.fixture(scope="session", autouse=True)
def _below_the_root_of_a_hierarchy(_the_machine_stays_as_it_was):
    """The cgroup demo wants a process that is not at the root everywhere; as root one can be made for that."""
    made = None
    if os.geteuid() == 0 and all(path == "/" for path in cgroupfs.paths().values()):
        point = next(p for h, p in sorted(cgroupfs.mount_points().items()) if h in ("", "pids"))
        made = Path(point) / f"nslab-test-{os.getpid()}"
        made.mkdir()
        files.write(str(made / "cgroup.procs"), str(os.getpid()))
    yield
    if made is not None:
        host().close()
        files.write(str(made.parent / "cgroup.procs"), str(os.getpid()))
        made.rmdir()


def _machine() -> dict[str, object]:
    """What a demo could leave behind: nslab's processes, cgroups, mounts, links, names, System V objects, files."""
    mounts = [mount.point for mount in mountinfo.mounts()]
    temporary = [name for name in os.listdir("/tmp") if name.startswith(("nslab-c-", "nslab-bench-"))]
    shm = [name for name in os.listdir("/dev/shm") if "nslab" in name]
    return {
        "processes": session.strays(),
        "cgroups": sorted(
            name
            for point in cgroupfs.mount_points().values()
            for _, names, _ in os.walk(point)
            for name in names
            # Where v2 is delegated, this very process sits in nslab-own.
            if "nslab" in name and name != "nslab-own"
        ),
        "mounts": mounts,
        "links": sorted(os.listdir("/sys/class/net")),
        "names": (os.uname().nodename, files.read("/proc/sys/kernel/domainname")),
        "sysv": [len(files.read(f"/proc/sysvipc/{kind}").splitlines()) for kind in ("msg", "sem", "shm")],
        "files": (temporary, shm, [name for name in registry.sessions() if not session.alive(name)]),
    }
