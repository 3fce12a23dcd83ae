"""A container's network: a way out, by which nothing but the way is changed, and nothing of which is left."""

from __future__ import annotations

import ipaddress
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nslab.container import network
from nslab.lab.upkeep.cgroup_cleanup import wait_until
from nslab.linux import process
from tests.container.outside import MACHINE, PORT, SERVER, outside

RUN = """
import sys
from nslab.container.container import Container
done = Container(sys.argv[1], network="veth").run(sys.argv[2:], timeout=30)
print(done.stdout, done.stderr, sep="", end="")
"""
HOLD = """
import sys
from nslab.container.container import Container
with Container(sys.argv[1], network="veth").start(["/bin/sleep", sys.argv[2]], stream=False) as child:
    print(child.pid, flush=True)
    sys.stdin.read()
"""
ASK = ["/bin/ask-server", SERVER, str(PORT)]
FORWARDING = "/proc/sys/net/ipv4/conf/{}/forwarding"
nft = pytest.mark.skipif(
    shutil.which("nft", path=network.PROGRAMS) is None, reason="needs nft (apt-get install nftables)"
)


@pytest.fixture(scope="module")
def connected(root):
    subprocess.run(["cc", "-Wall", "-static", "-o", f"{root}/bin/ask-server", Path(__file__).with_name("ask_server.c")],
                   check=True)  # fmt: skip
    with outside() as both:
        yield both


@pytest.fixture(scope="module")
def of_a_user(connected):
    with outside(ordinary=True) as both:
        yield both


_STATE = "ip -o link | cut -d: -f2", "ip -o -4 address", "ip route", "nft list ruleset"


def state(machine):
    """All that could be left on the machine: interfaces, addresses, routes, rules, and what is passed on."""
    said = [machine.run(command).stdout for command in _STATE]
    forwarding = machine.run(f"cat {FORWARDING.format('up0')} {FORWARDING.format('all')}").stdout
    return *said, forwarding


NAT = "table ip tried { chain out { type nat hook postrouting priority srcnat; ip daddr 192.0.2.0/24 masquerade; }; }"


@pytest.fixture
def translates(connected):
    """That this kernel can translate addresses, asked of it without nslab."""
    if connected.machine.run(["nft", NAT]).status:
        pytest.skip("this kernel translates no addresses (nft_masq)")
    assert connected.machine.run("nft delete table ip tried").status == 0


@nft
def test_it_reaches_a_server_outside_and_comes_from_the_machines_address(connected, translates, root):
    before = state(connected.machine)
    assert before[-1] == "0\n0\n"
    seen = connected.python(RUN, root, *ASK)
    assert seen.stdout == f"you are {MACHINE}\n", seen
    assert seen.stderr == ""
    assert state(connected.machine) == before


def test_without_a_way_out_it_does_not(connected, root):
    seen = connected.python(RUN.replace("veth", "none"), root, *ASK)
    assert "Network is unreachable" in seen.stdout, seen


def test_it_has_an_address_a_route_and_no_power_over_them(connected, root):
    said = connected.python(RUN, root, "/bin/sh", "-c", "ip -o -4 address show eth0; ip route; ip link del eth0").stdout
    _, _, rest = said.partition("inet ")
    address = ipaddress.IPv4Interface(rest.split()[0])
    gateway = rest.partition("default via ")[2].split()[0]
    assert ipaddress.IPv4Address(gateway) in address.network
    assert "Operation not permitted" in said


@nft
def test_two_at_once_and_what_is_passed_on_stays_until_the_second_has_ended(connected, root):
    def held(seconds):
        made = subprocess.Popen(
            ["nsenter", f"--net=/proc/{connected.machine.pid}/ns/net", f"--user=/proc/{connected.machine.pid}/ns/user",
             "--preserve-credentials", sys.executable, "-c", HOLD, root, seconds]
            if os.geteuid() else
            ["nsenter", f"--net=/proc/{connected.machine.pid}/ns/net", sys.executable, "-c", HOLD, root, seconds],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
        return made, int(made.stdout.readline())

    def forwarding():
        return connected.machine.run(f"cat {FORWARDING.format('up0')}").stdout

    before = state(connected.machine)
    one, one_pid = held(f"301.{os.getpid()}")
    two, two_pid = held(f"302.{os.getpid()}")
    try:
        names = connected.machine.run("ip -o link").stdout
        assert f"nslab-{one_pid}" in names
        assert f"nslab-{two_pid}" in names
        assert forwarding() == "1\n"
        one.kill()
        one.communicate()
        assert wait_until(lambda: f"nslab-{one_pid}" not in connected.machine.run("ip -o link").stdout, 30)
        assert wait_until(lambda: not process.runs(one_pid), 30)
        assert wait_until(lambda: f"nslab-{one_pid}" not in connected.machine.run("nft list ruleset").stdout, 30)
        assert forwarding() == "1\n", "the other one still needs it"
    finally:
        two.kill()
        two.communicate()
        one.kill()
    assert wait_until(lambda: state(connected.machine) == before, 30), state(connected.machine)


def test_what_was_passed_on_before_is_so_afterwards(connected, root):
    file = FORWARDING.format("up0")
    connected.machine.run(f"echo 1 >{file}")
    try:
        connected.python(RUN, root, "/bin/true")
        assert connected.machine.run(f"cat {file}").stdout == "1\n"
    finally:
        connected.machine.run(f"echo 0 >{file}")


@pytest.mark.parametrize("helper", network.HELPERS)
@pytest.mark.skipif(not os.path.exists("/dev/net/tun"), reason="needs /dev/net/tun (modprobe tun)")
def test_an_ordinary_users_goes_by_a_helper(of_a_user, root, helper):
    if shutil.which(helper, path=network.PROGRAMS) is None:
        pytest.skip(f"needs {helper} (apt-get install {'passt' if helper == 'pasta' else helper})")
    only = (
        "from nslab.container import network; network.HELPERS = {k: v for k, v in network.HELPERS.items() if k == %r}"
    )
    seen = of_a_user.python(only % helper + RUN, root, *ASK)
    assert seen.stdout == f"you are {MACHINE}\n", seen


def test_without_a_helper_he_is_told_why_there_is_none(of_a_user, root):
    without = "from nslab.container import network; network.PROGRAMS = '/nowhere'"
    ask = ["/bin/sh", "-c", "ls /sys/class/net"]
    seen = of_a_user.python(without + RUN, root, *ask)
    assert seen.stdout == "lo\n", seen
    assert seen.stderr.startswith("network: the container has none but lo: an ordinary user may connect none"), seen
    assert "there is no pasta; there is no slirp4netns" in seen.stderr


@pytest.mark.pure
@pytest.mark.parametrize(("number", "taken", "network_"), [
    (0, [], "10.213.0.0/30"),
    (3, [], "10.213.0.12/30"),
    (16384 + 3, [], "10.213.0.12/30"),
    (3, ["10.0.0.0/8"], "172.29.0.12/30"),
    (3, ["10.213.0.13/32", "172.16.0.0/12"], "192.168.0.12/30"),
])  # fmt: skip
def test_its_network_is_one_that_the_machine_has_no_route_to(number, taken, network_):
    assert str(network._free(number, taken)) == network_
