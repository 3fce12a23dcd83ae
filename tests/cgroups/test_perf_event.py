import errno
import os
import shutil

import pytest

from nslab.cgroups import perf_event
from nslab.errors import Unsupported
from nslab.lab.client.host import host
from nslab.linux import perf
from tests import byhand
from tests.cgroups.conftest import UML, here


@pytest.fixture(scope="module")
def evidence():
    return here(perf_event.demo)


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures


def test_the_group_counts_its_own_alone(evidence):
    faults = evidence.row("faults")
    assert faults.measured >= 2000
    assert evidence.row("switches").measured >= 100
    assert [row.measured for row in evidence.control] == [0, 0, 0]


def test_the_pages_reach_the_load():
    evidence = here(perf_event.demo, pages=5000, only="faults")
    assert evidence.holds, evidence.failures
    assert 5000 <= evidence.row("faults").measured <= 5000 + 2 * perf_event.NEAR


def test_chart(evidence):
    assert len(evidence.plot().axes) == 6
    points = evidence.samples.charts[0].series[0].points
    assert len(points) > 15
    assert points[-1][1] == pytest.approx(evidence.samples.charts[0].series[0].expected, abs=perf_event.NEAR)


def test_the_syscalls_are_shown(evidence):
    calls = [call for call in evidence.syscalls if call.name == "perf_event_open"]
    assert calls
    assert "PERF_FLAG_PID_CGROUP" in str(calls[0])


def test_shell(evidence, tmp_path):
    if not shutil.which("perf"):
        message = "perf(1) is not there: sudo apt-get install linux-perf"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    assert len(byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=1)) == 1


def test_c(evidence, tmp_path):
    assert len(byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=1)) == 1


@pytest.mark.pure
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pages": 199}, "pages=199: give a number from 200 to 100000"),
        ({"pages": 300.5}, "pages=300.5: give a whole number"),
        ({"pages": "many"}, "pages='many': give a number"),
        ({"naps": 1001}, "naps=1001: give a number from 50 to 1000"),
        ({"naps": None}, "naps=None: give a number"),
        ({"only": "no"}, "only='no': choose one of faults, switches, clock"),
    ],
)
def test_bad_values_are_named(options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        here(perf_event.demo, **options)


@pytest.mark.skipif(not UML, reason="this kernel has perf events")
def test_a_kernel_without_perf_events_is_said_once():
    with pytest.raises(Unsupported, match=r"Function not implemented \(the kernel was built without") as caught:
        perf_event.demo()
    assert str(caught.value).count("CONFIG_PERF_EVENTS") == 1


@pytest.mark.skipif(UML, reason="this kernel has no perf events")
def test_where_the_kernel_does_not_let_this_user_count_the_mend_is_named():
    refused = perf_event._refused(PermissionError(errno.EACCES, "Permission denied"))
    assert "kernel.perf_event_paranoid is " in refused.why
    assert "sudo sysctl kernel.perf_event_paranoid=0" in refused.mend
    assert "CONFIG_PERF_EVENTS" in perf_event._refused(OSError(errno.ENOSYS, "Function not implemented")).why


@pytest.mark.skipif(os.geteuid() != 0 or UML, reason="becomes another user")
def test_an_ordinary_user_is_refused_by_the_kernel_itself():
    def as_nobody():
        from nslab.linux import caps

        caps.become(65534)
        perf.count_cgroup("/sys/fs/cgroup", 0, "page-faults")

    with pytest.raises(OSError, match="perf_event_open"):
        host().call(as_nobody)
