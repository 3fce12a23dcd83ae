"""What every test starts from: its tier, what may be measured again, and that the machine stays as it was."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from nslab import cgroups
from nslab.lab.client import host as hosts
from nslab.lab.client.host import host
from nslab.lab.server.keeper import clean
from nslab.linux import cgroupfs, files
from tests import leftovers
from tests.exercises.table import Table
from tests.times import Times

BROWSER = Path(__file__).parent / "browser"
BY_HAND = {"test_shell", "test_c"}
"""What a test is called that runs a demo's program by hand."""

LONG_DEMOS = {"cpu", "cpuacct", "blkio", "memory", "hierarchy", "perf_event", "rules", "hugetlb", "net_cls", "net_prio",
              "byhand", "panels", "strangers", "wheel"}  # fmt: skip
"""Files whose tests are `long` but for the pure ones: demos of cgroups of more than some three seconds, and others."""
LONG_ROOMS = {"cases", "kernels", "exercises"}
"""The same for directories: situations of many processes each, a second kernel, and each exercise many times."""
RATES = {"cpu", "cpuacct", "blkio", "perf_event", "hierarchy"}
"""Those whose evidence is how much of a CPU, or of a disk, somebody got: what reads it is `measured`."""
ONE_BY_ONE = {"tests/test_strace.py", "tests/test_mutants.py", "tests/test_notebooks.py", "tests/test_vm.py",
              "tests/fuzz/test_fuzz.py"}  # fmt: skip
"""Files of which any worker may take any test: each has all that it needs for itself, and takes a while."""
CGROUPS = set(cgroups.ABOUT)
CGROUP_LESSONS = {about.lesson[:2] for about in cgroups.ABOUT.values()}
LESSONS_OF_RATES = {cgroups.ABOUT[name].lesson[:2] for name in RATES}

leftovers.sign()
# The record of whoever runs the tests is his own, and so are the scenes that go with it.
DATA = tempfile.mkdtemp(prefix="nslab-test-data-")
os.environ["XDG_DATA_HOME"] = DATA
# Whoever starts the tests in the background has them, and all that they start, ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Times())
        config.pluginmanager.register(Table())


def pytest_unconfigure():
    shutil.rmtree(DATA, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Give each test its one tier: `browser` by its directory, `pure` by its mark, and `kernel` all the others."""
    for item in items:
        pure, browser = item.get_closest_marker("pure") is not None, item.path.is_relative_to(BROWSER)
        if pure and browser:
            raise pytest.UsageError(f"{item.nodeid} is in tests/browser, and cannot be pure")
        if not pure:
            item.add_marker("browser" if browser else "kernel")
        demo = item.path.stem.removeprefix("test_")
        takes_long = demo in LONG_DEMOS or item.path.parent.name in LONG_ROOMS
        if item.originalname in BY_HAND or (takes_long and not pure):
            item.add_marker("long")
        lesson = item.name.partition("[")[2][:2] if item.originalname == "test_it_runs_from_top_to_bottom" else ""
        if (demo in RATES and "evidence" in item.fixturenames) or lesson in LESSONS_OF_RATES:
            item.add_marker("measured")
        if item.get_closest_marker("flaky"):
            raise pytest.UsageError(f"{item.nodeid} is flaky: only what is marked `measured` may be run again")
        if item.get_closest_marker("measured"):
            item.add_marker(pytest.mark.flaky(reruns=2, reruns_delay=1))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """How tests are shared out among workers (pytest -n 2): a file to one of them, and all that may not meet, too."""
    from xdist.scheduler import LoadScopeScheduling

    from nslab.course.checking.exercise import all_exercises

    with_cgroups = tuple(f"{each.name}-" for each in all_exercises() if each.subsystems)

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file, _, test = nodeid.partition("::")
            subject = test.partition("[")[2].rstrip("]").removeprefix("nslab.cgroups.")
            # What makes cgroups by hand always calls them the same, and who asks the machine would see another's.
            if file.startswith("tests/exercises/"):
                # Its sandboxes are entered by their names, which a scene has whoever makes it.
                return "cgroups" if subject.startswith(with_cgroups) else "exercises"
            if file.startswith("tests/cgroups/") or subject in CGROUPS or subject[:2] in CGROUP_LESSONS:
                return "cgroups"
            return nodeid if file in ONE_BY_ONE else file

    return Scheduling(config, log)


# -- the machine stays as it was: in each process that runs tests, and around all workers ----------------------------


def _finish() -> None:
    """End this run's fork server; tests that kill everybody at once leave to the next start what it has to finish."""
    host().close()
    clean()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session):
    if _leads(session):
        leftovers.apart()
        session.config.watch = leftovers.Watch(_finish)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session):
    yield
    if _leads(session) and (left := session.config.watch.left()):
        session.config.get_terminal_writer().line(f"ERROR: the workers left this on the machine: {left}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _leads(session) -> bool:
    """Whether others run the tests (pytest-xdist), and this process only tells them which."""
    return session.config.getoption("dist", "no") != "no" and not hasattr(session.config, "workerinput")


@pytest.fixture(scope="session")
def _touches_the_kernel(request) -> bool:
    return any(not item.get_closest_marker("pure") for item in request.session.items)


@pytest.fixture(scope="session", autouse=True)
def _the_machine_stays_as_it_was(_touches_the_kernel):
    """All tests of this process leave the machine as they found it. Around everything, so also around a failure."""
    if not _touches_the_kernel:
        yield
        return
    leftovers.apart()
    watch = leftovers.Watch(_finish)
    yield
    left = watch.left()
    assert not left, f"left on the machine: {left}"


@pytest.fixture(scope="session", autouse=True)
def _below_the_root_of_a_hierarchy(_the_machine_stays_as_it_was, _touches_the_kernel):
    """The cgroup demo wants a process that is not at the root everywhere; as root one can be made for that."""
    made = None
    if _touches_the_kernel and os.geteuid() == 0 and all(path == "/" for path in cgroupfs.paths().values()):
        point = next(p for h, p in sorted(cgroupfs.mount_points().items()) if h in ("", "pids"))
        made = Path(point) / leftovers.cgroup_of_this_run()
        made.mkdir()
        files.write(str(made / "cgroup.procs"), str(os.getpid()))
    yield
    if made is not None:
        host().close()
        files.write(str(made.parent / "cgroup.procs"), str(os.getpid()))
        made.rmdir()


@pytest.fixture(autouse=True)
def _a_pure_test_makes_nothing(request, monkeypatch):
    """A test that is marked `pure` cannot start a fork server, and so makes no namespace and no cgroup by nslab."""
    if request.node.get_closest_marker("pure"):

        def refuse(*_):
            pytest.fail("a pure test starts no fork server: mark it otherwise, or have it make nothing")

        monkeypatch.setattr(hosts.Host, "_start", refuse)


@pytest.fixture(scope="session")
def as_root() -> bool:
    return os.geteuid() == 0
