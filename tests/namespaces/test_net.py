import errno
import os
import struct
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

import nslab
from nslab.linux import files, icmp
from nslab.namespaces import net
from nslab.namespaces.net import experiment
from tests import byhand


@pytest.fixture(scope="module")
def evidence():
    return net.demo()


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures
    assert {r.part for r in evidence.rows} == {p.name for p in net.PARTS}, evidence.notes


def test_a_new_one_has_lo_and_lo_is_down(evidence):
    assert evidence.row("interfaces").inside == ("lo",)
    assert evidence.row("interfaces").host_before == evidence.row("interfaces").host_after == ("eth0", "lo", "wire")
    assert evidence.row("lo").inside == "down"


def test_two_servers_on_one_port(evidence):
    assert evidence.row("port").values == ("listening", "ok", "listening")
    assert evidence.control_row("port").values == ("listening", "EADDRINUSE", "listening")


def test_a_ping_crosses_the_pair(evidence):
    assert evidence.row("ping-unplugged").inside == "ENETUNREACH"
    assert evidence.control_row("ping-unplugged").inside == "reply"
    assert evidence.row("ping-veth").inside == "reply"
    assert evidence.row("echo-requests").values == (0, 0, 1)
    assert evidence.row("echo-replies").values == (0, 1, 0)
    assert evidence.control_row("echo-requests").values == (0, 2, 2)


def test_a_bridge_joins_two(evidence):
    assert evidence.row("ping-bridge").inside == "reply"
    assert evidence.row("bridged-requests").values == (0, 1, 0)
    assert evidence.row("first-interfaces").inside == ("eth1", "lo")


def test_without_its_port_no_ping_crosses_the_bridge(evidence):
    assert evidence.row("ping-no-port").inside == "no reply"
    assert evidence.control_row("ping-no-port").inside == "reply"


@pytest.mark.parametrize("part", net.PARTS, ids=lambda part: part.name)
def test_each_part_shows_the_namespace_that_acted(evidence, part):
    (row,) = [line for line in evidence.inodes if line.part == part.name]
    (control,) = [line for line in evidence.control_inodes if line.part == part.name]
    assert row.inside != row.host_before == row.host_after
    assert control.inside == control.host_before == control.host_after


@pytest.mark.parametrize("name", ["routes", "sockets", "ip-forward", "nft-tables"])
def test_it_is_separate(evidence, name):
    row, control = evidence.row(name), evidence.control_row(name)
    assert row.inside != row.host_before == row.host_after
    assert control.inside == control.host_after


def test_interfaces_move_and_go(evidence):
    for key in ("traveller", "outer"):
        assert evidence.row(key).values == ("here", "here", "gone")
        assert evidence.control_row(key).values == ("here", "here", "here")


def test_the_hosts_network_is_untouched(evidence):
    def host():
        made = ("veth", "wire", "traveller", "stays", "seen", "witness", "outer", "inner")
        links = [name for name in os.listdir("/sys/class/net") if name.startswith(made)]
        routes = [line for line in files.read("/proc/self/net/route").splitlines() if line.startswith(made)]
        return sorted(links), files.read(net.FORWARDING), routes

    before = host()
    net.demo(only=["veth", "separate"])
    assert host() == before


def test_options_reach_the_kernel():
    assert net.demo(port=4711, only="ports").row("port").inside == "ok"


def test_shell(evidence, tmp_path):
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=11)


def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=4)


@pytest.mark.pure
@pytest.mark.parametrize("bad", [0, 80, 65536, "8080", None, 8080.5])
def test_bad_ports_are_named(bad):
    with pytest.raises((ValueError, TypeError), match="port="):
        net.demo(port=bad)


@pytest.mark.any_user
def test_a_kernel_without_the_family_inet_is_told_of_as_that(monkeypatch):
    def refuses(*_):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(experiment, "_netlink", refuses)
    with pytest.raises(nslab.Unsupported, match="CONFIG_NF_TABLES_INET"):
        next(experiment._rules(SimpleNamespace(ns={"net": 1}), True))


@pytest.mark.pure
@pytest.mark.parametrize(("arrived", "said"), [(True, "reply"), (False, "no reply")])
def test_a_ping_that_was_answered_while_it_had_no_cpu_is_answered(monkeypatch, arrived, said):
    """The control of a bridge without a port waits for a twentieth of a second, and a busy machine takes longer."""
    reply = bytes([0x45]) + bytes(19) + struct.pack("!BBHHH", icmp.ECHO_REPLY, 0, 0, os.getpid() & 0xFFFF, 1)
    asked = MagicMock()
    asked.__enter__().recv.side_effect = [reply] if arrived else BlockingIOError
    monkeypatch.setattr(icmp.socket, "socket", lambda *_: asked)
    monkeypatch.setattr(icmp, "time", SimpleNamespace(monotonic=iter([0.0, 9.0]).__next__))
    assert icmp.ping("127.0.0.1", 0.05) == said
    asked.__enter__().settimeout.assert_called_once_with(0.0)
