import socket
import subprocess

import pytest

from nslab.cgroups import net_prio
from nslab.cgroups.core.group import Cgroup
from nslab.errors import Unsupported
from nslab.lab.client.sandbox import Sandbox
from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import cgroupfs
from tests import byhand
from tests.cgroups.conftest import UML, here


@pytest.fixture(scope="module")
def evidence():
    return here(net_prio.demo)


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures


def test_all_packets_have_the_priority_and_none_without(evidence):
    assert (evidence.row("marked").measured, evidence.control_row("marked").measured) == (100, 0)
    assert evidence.control_row("others").measured == 100
    assert evidence.row("wished").measured == "0, lo 5"
    assert evidence.control_row("wished").measured == "0, lo 0"


@pytest.mark.any_version
def test_the_priority_reaches_the_kernel():
    evidence = here(net_prio.demo, priority=15, packets=10)
    assert evidence.holds, evidence.failures
    assert evidence.row("marked").measured == 10
    assert [w[1:] for w in evidence.written] == [("net_prio.ifpriomap", "lo 15")]


def test_no_rule_is_left_on_the_machine(evidence):
    def tables():
        return subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True).stdout

    # Others may have one for the time of their demo.
    assert cgroup_cleanup.wait_until(lambda: "nslab" not in tables(), 20)


def test_chart(evidence):
    assert len(evidence.plot().axes) == 2
    assert len(evidence.samples.series("with it").points) == 11
    assert evidence.samples.series("with it").expected == ((0.0, 0.0), (1.0, 100.0))


def test_shell(evidence, tmp_path):
    assert len(byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=2)) == 2


def test_c(evidence, tmp_path):
    assert len(byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=2)) == 2


@pytest.mark.pure
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"priority": 0}, "priority=0: give a number from 1 to 15"),
        ({"priority": 16}, "priority=16: give a number from 1 to 15"),
        ({"priority": 1.5}, "priority=1.5: give a whole number"),
        ({"priority": "high"}, "priority='high': give a number"),
        ({"packets": 1001}, "packets=1001: give a number from 10 to 1000"),
        ({"packets": None}, "packets=None: give a number"),
        ({"only": "no"}, "only='no': choose one of priority"),
    ],
)
def test_bad_values_are_named(options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        net_prio.demo(**options)


@pytest.mark.pure
def test_in_another_network_namespace_it_says_why_not():
    class Listing:
        """A group whose file has other interfaces than this process, as seen from a container."""

        @staticmethod
        def read(subsystem, file):
            return "lo 0\nelsewhere0 0"

    with pytest.raises(Unsupported, match="the machine's first network namespace alone"):
        net_prio._check_namespace(Listing())


@pytest.mark.skipif(not UML, reason="this kernel has net_prio")
def test_a_kernel_without_it_is_said_so():
    with pytest.raises(Unsupported, match=r"net_prio is not available here: this kernel was built without it"):
        net_prio.demo()


@pytest.mark.skipif("net_prio" not in cgroupfs.subsystems(), reason="this kernel has no net_prio")
def test_priorities_are_those_of_the_first_namespace_also_when_read_in_another(as_root):
    if not as_root:
        pytest.skip("net_prio is mounted by root")
    with Cgroup("net_prio") as group, Sandbox(net=True) as box:
        listed = box.run(["cat", group.path("net_prio", "net_prio.ifpriomap")]).stdout
        assert listed.split()[::2] == [name for _, name in socket.if_nameindex()]
