import os

import pytest

from nslab.cgroups import cpuset
from nslab.errors import Unsupported
from nslab.lab.power.cpus import usable_cpus
from nslab.linux import cpulist
from tests import byhand
from tests.cgroups.conftest import here

ONLINE = usable_cpus()
several = pytest.mark.skipif(len(ONLINE) < 2, reason="a machine with one CPU has no choice")


@pytest.fixture(scope="module")
def evidence():
    return here(cpuset.demo)


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures


def test_threads_ran_on_the_last_cpu_alone_and_on_others_without(evidence):
    name = "ran-on"
    assert evidence.row(name).measured == str(ONLINE[-1])
    assert len(evidence.control_row(name).measured.split()) > 1


def test_the_kernel_refuses_another_cpu(evidence):
    name = "refused"
    assert (evidence.row(name).measured, evidence.control_row(name).measured) == ("EINVAL", "ok")


def test_what_runs_moves_with_the_set(evidence):
    name = "after"
    assert str(ONLINE[-1]) not in evidence.row(name).measured.split()
    assert evidence.control_row(name).measured == str(ONLINE[-1])
    assert evidence.row("both-times").measured == "none"
    assert evidence.control_row("both-times").measured == str(ONLINE[-1])
    assert evidence.row("sets").measured.startswith(f"{ONLINE[-1]}, then {ONLINE[0]}")


@several
def test_the_cpus_reach_the_kernel():
    evidence = here(cpuset.demo, cpus=ONLINE[0], only="cpus")
    assert evidence.holds, evidence.failures
    assert evidence.row("ran-on").measured == str(ONLINE[0])
    assert ("cpuset.cpus", str(ONLINE[0])) in [w[1:] for w in evidence.written]


def test_chart(evidence):
    assert len(evidence.plot().axes) == 4
    assert evidence.samples.series("thread 1").expected == ONLINE[-1]
    assert len(evidence.samples.series("thread 1").points) > 40


@pytest.mark.measured
def test_shell(evidence, tmp_path):
    assert len(byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=3)) == 3


@pytest.mark.measured
def test_c(evidence, tmp_path):
    assert len(byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=3)) == 3


@pytest.mark.pure
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cpus": 4096}, "cpus=4096: give CPUs that are online"),
        ({"cpus": "one"}, "cpus='one': give CPUs that are online"),
        ({"cpus": []}, r"cpus=\[\]: give CPUs that are online"),
        ({"cpus": True}, "cpus=True: give CPUs that are online"),
        pytest.param({"cpus": ONLINE}, "leave out at least one of the CPUs", marks=several),
        pytest.param({"only": "no"}, "only='no': choose one of cpus, move", marks=several),
    ],
)
def test_bad_values_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        here(cpuset.demo, **options)


@pytest.mark.skipif(len(ONLINE) > 1, reason="this machine has more than one CPU")
def test_one_cpu_leaves_no_choice():
    with pytest.raises(Unsupported, match="this machine has one CPU"):
        cpuset.demo()


@pytest.mark.pure
def test_lists_of_cpus_are_written_as_the_kernel_does():
    assert cpulist.written((0, 1, 2, 4, 6, 7)) == "0-2,4,6-7"
    assert os.sched_getaffinity(0) == set(ONLINE)
