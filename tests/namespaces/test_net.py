import os

import pytest

from nslab.linux import files
from nslab.namespaces import net
from tests import byhand


@pytest.fixture(scope="module")
def evidence():
    return net.demo()


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures
    assert {r.part for r in evidence.rows} == {p.name for p in net.PARTS}, evidence.notes


def test_a_new_one_has_lo_and_lo_is_down(evidence):
    assert evidence.row("interfaces").inside == ("lo",)
    assert evidence.row("lo is").inside == "down"


def test_two_servers_on_one_port(evidence):
    name = "a second server on port 8080"
    assert (evidence.row(name).inside, evidence.control_row(name).inside) == ("ok", "EADDRINUSE")


def test_a_ping_crosses_the_pair(evidence):
    assert evidence.row("ping 10.77.0.1 from inside, with no wire").inside == "ENETUNREACH"
    assert evidence.row("ping 10.77.0.1 from inside, over a veth pair").inside == "reply"
    assert evidence.row("echo requests received").inside == 0
    assert evidence.control_row("echo requests received").inside == 1


def test_a_bridge_joins_two(evidence):
    assert evidence.row("ping from one sandbox to the other, over a bridge").inside == "reply"


@pytest.mark.parametrize(
    "name", ["IPv4 routes", "TCP sockets that listen", "sysctl net.ipv4.ip_forward", "nftables tables"]
)
def test_it_is_separate(evidence, name):
    row, control = evidence.row(name), evidence.control_row(name)
    assert row.inside != row.host_before == row.host_after
    assert control.inside == control.host_after


def test_interfaces_move_and_go(evidence):
    name = "an interface that is moved inside"
    assert (evidence.row(name).host_after, evidence.control_row(name).host_after) == ("gone", "here")
    name = "the outer end of a pair, when the sandbox has ended"
    assert (evidence.row(name).host_after, evidence.control_row(name).host_after) == ("gone", "here")


def test_the_hosts_network_is_untouched(evidence):
    def host():
        return sorted(os.listdir("/sys/class/net")), files.read(net.FORWARDING), files.read("/proc/self/net/route")

    before = host()
    net.demo(only=["veth", "separate"])
    assert host() == before


def test_options_reach_the_kernel():
    assert net.demo(port=4711, only="ports").row("a second server on port 4711").inside == "ok"


def test_shell(evidence, tmp_path):
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=11)


def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=4)


@pytest.mark.parametrize("bad", [0, 80, 65536, "8080", None, 8080.5])
def test_bad_ports_are_named(bad):
    with pytest.raises((ValueError, TypeError), match="port="):
        net.demo(port=bad)
