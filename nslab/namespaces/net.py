"""Network namespaces: interfaces, addresses, routes, ports and rules of one's own (network_namespaces(7))."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nslab.errors import Unsupported, checked_whole
from nslab.evidence import ISOLATED, Evidence, Expect, Row, inside_is
from nslab.lab.handle import Child
from nslab.lab.place import Place
from nslab.lab.sandbox import Sandbox
from nslab.linux import files, icmp
from nslab.linux.libc import answer
from nslab.namespaces.experiment import Part, run

CLAIM = "A network namespace starts with a loopback that is down, and shares no port, route or rule with the host."
FORWARDING = "/proc/sys/net/ipv4/ip_forward"
HOST, FIRST, SECOND = "10.77.0.1", "10.77.0.2", "10.77.0.3"
REPLY = Expect("a reply comes back", lambda b, i, a: i == "reply")
APART = Expect("the host's side counted it, the inside did not", lambda b, i, a: (b, i, a) == (0, 0, 1))
MOVED = Expect("it leaves one side and is on the other", lambda b, i, a: (b, i, a) == ("here", "here", "gone"))
GONE = Expect("it goes with the sandbox", lambda b, i, a: (b, a) == ("here", "gone"))


def demo(port: int = 8080, only: str | Sequence[str] | None = None) -> Evidence:
    """Build networks between a stand-in for the host and sandboxes, and show what is separate.

    `port`: the TCP port that two servers listen on at once, 1024 to 65535. `only`: the names of PARTS to run.
    Nothing is made on the host's own network. Raises TypeError, ValueError, `nslab.Unsupported`.
    Source: network_namespaces(7), veth(4).
    """
    port = checked_whole("port", port, 1024, 65535)
    return run("net", CLAIM, PARTS, only, {"port": port}, standin={"net": True, "lo": True}, load="nslab.linux.netlink")


def panel() -> Any:
    """Return the same experiment as a panel: choose a part, guess, run it, and compare. Source: namespaces(7)."""
    from nslab.namespaces.panel import panel

    return panel("net")


def _netlink(place: Place, name: str, *args: Any) -> Any:
    return place.call(_operate, name, args)


def _operate(name: str, args: Sequence[Any]) -> Any:
    from nslab.linux import netlink

    return getattr(netlink, name)(*args)


# -- what a new one has ----------------------------------------------------------------------------------


def _empty(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    _netlink(outside, "add_veth", "eth0", "wire")
    before = _netlink(outside, "links")
    with outside.sandbox(net=isolated) as box:
        inside = _netlink(box, "links")
    after = _netlink(outside, "links")
    yield Row("interfaces", tuple(sorted(before)), tuple(sorted(inside)), tuple(sorted(after)), inside_is(("lo",)))
    states = ["up" if links["lo"] else "down" for links in (before, inside, after)]
    yield Row("lo is", states[0], states[1], states[2], inside_is("down"))


def _ports(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    port = options["port"]
    with (
        outside.clone(_listen, args=(port, 60), stream=False) as server,
        outside.sandbox(net=isolated, lo=isolated or None) as box,
    ):
        before = _first_line(server)
        inside = box.call(answer, _listen, port, 0, stream=False)
        yield Row(
            f"a second server on port {port}", before, inside, "listening" if server.alive else "gone", inside_is("ok")
        )


def _listen(port: int, seconds: float) -> None:
    with socket.socket() as s:
        s.bind(("127.0.0.1", port))
        s.listen()
        print("listening", flush=True)
        time.sleep(seconds)


def _first_line(child: Child, seconds: float = 4.0) -> str:
    deadline = time.monotonic() + seconds
    while "\n" not in child.read_output() and child.alive and time.monotonic() < deadline:
        time.sleep(0.001)
    return child.stdout.partition("\n")[0]


# -- wires -----------------------------------------------------------------------------------------------


def _plug(outside: Place, box: Sandbox, here: str, there: str, address: str) -> None:
    """A veth pair from `outside` (end `here`) into `box` (end `there`, with the address)."""
    _netlink(outside, "add_veth", here, there)
    _netlink(outside, "move", there, box.pid)
    _netlink(box, "bring_up", there, address)


def _veth(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    with outside.sandbox(net=isolated) as box:
        unplugged = box.call(_ping, HOST)
        _plug(outside, box, "veth0", "veth1", FIRST)
        _netlink(outside, "bring_up", "veth0", HOST)
        before = outside.call(icmp.echo_requests)
        plugged = box.call(_ping, HOST)
        counted = box.call(icmp.echo_requests), outside.call(icmp.echo_requests)
    yield Row(f"ping {HOST} from inside, with no wire", "–", unplugged, "–", inside_is("ENETUNREACH"), decisive=False)
    yield Row(f"ping {HOST} from inside, over a veth pair", "–", plugged, "–", REPLY, decisive=False)
    yield Row("echo requests received", before, *counted, APART)


def _ping(address: str) -> str:
    try:
        return icmp.ping(address)
    except OSError as e:
        return errno.errorcode.get(e.errno or 0, str(e))


def _bridge(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    with outside.sandbox(net=isolated) as first, outside.sandbox(net=isolated) as second:
        _netlink(outside, "add_bridge", "bridge0")
        for box, here, there, address in ((first, "port1", "eth1", FIRST), (second, "port2", "eth2", SECOND)):
            _plug(outside, box, here, there, address)
            _netlink(outside, "set_master", here, "bridge0")
        reply = first.call(_ping, SECOND)
        seen = tuple(sorted(_netlink(first, "links")))
    yield Row("ping from one sandbox to the other, over a bridge", "–", reply, "–", REPLY, decisive=False)
    mine = Expect("each sandbox sees its own end alone", lambda b, i, a: i == ("eth1", "lo"))
    yield Row("interfaces that the first sandbox sees", "–", seen, "–", mine)


# -- what is separate ------------------------------------------------------------------------------------


def _separate(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    _netlink(outside, "add_veth", "eth0", "wire")
    _netlink(outside, "bring_up", "wire", SECOND)
    _netlink(outside, "bring_up", "eth0", HOST)
    with (
        outside.clone(_listen, args=(options["port"], 60), stream=False) as server,
        outside.sandbox(net=isolated) as box,
    ):
        _first_line(server)
        routes = [_netlink(place, "routes") for place in (outside, box, outside)]
        yield Row("IPv4 routes", routes[0], routes[1], routes[2], ISOLATED)
        sockets = [place.call(_listening) for place in (outside, box, outside)]
        yield Row("TCP sockets that listen", sockets[0], sockets[1], sockets[2], ISOLATED)
        # A new network namespace may start with what the machine has, where something has switched it on (Docker does).
        before = outside.call(files.read, FORWARDING)
        inside = box.call(_switch, FORWARDING, "0" if before == "1" else "1")
        yield Row("sysctl net.ipv4.ip_forward", before, inside, outside.call(files.read, FORWARDING), ISOLATED)


def _listening() -> int:
    """How many IPv4 TCP sockets are in the state LISTEN, 0A in /proc/net/tcp (proc_pid_net(5))."""
    return sum(line.split()[3] == "0A" for line in files.read("/proc/self/net/tcp").splitlines()[1:])


def _switch(path: str, to: str) -> str:
    files.write(path, to)
    return files.read(path)


def _rules(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    def tables(place: Place) -> int:
        return len(_netlink(place, "nft_tables"))

    try:
        before = tables(outside)
        with outside.sandbox(net=isolated) as box:
            _netlink(box, "add_nft_table", "nslab")
            inside = tables(box)
            after = tables(outside)
    except OSError as e:
        raise Unsupported("nftables", f"the kernel says {e.strerror}", "load it: sudo modprobe nf_tables") from None
    yield Row("nftables tables", before, inside, after, ISOLATED)


# -- coming and going ------------------------------------------------------------------------------------


def _move(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    with outside.sandbox(net=isolated) as box:
        _netlink(outside, "add_veth", "traveller", "stays")
        before = _where(outside, "traveller")
        _netlink(outside, "move", "traveller", box.pid)
        yield Row(
            "an interface that is moved inside", before, _where(box, "traveller"), _where(outside, "traveller"), MOVED
        )


def _where(place: Place, name: str) -> str:
    return "here" if name in _netlink(place, "links") else "gone"


def _last(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    with outside.sandbox(net=isolated) as box:
        _netlink(outside, "add_veth", "outer", "inner")
        _netlink(outside, "move", "inner", box.pid)
        before, inside = _where(outside, "outer"), _where(box, "inner")
    deadline = time.monotonic() + 1.0
    # The kernel takes a namespace down after its last process is gone, not with it.
    while (after := _where(outside, "outer")) == "here" and isolated and time.monotonic() < deadline:
        time.sleep(0.01)
    yield Row("the outer end of a pair, when the sandbox has ended", before, inside, after, GONE)


PARTS = (
    Part("empty", "a new one has lo, and lo is down", _empty, standin=True),
    Part("ports", "two servers on one port", _ports, standin=True, options=("port",)),
    Part("veth", "a wire with two ends", _veth, standin=True),
    Part("bridge", "a switch between sandboxes", _bridge, standin=True),
    Part("separate", "routes, sockets and sysctls are the namespace's own", _separate, standin=True, options=("port",)),
    Part("rules", "so are nftables rules", _rules, standin=True),
    Part("move", "an interface is in one namespace at a time", _move, standin=True),
    Part("last", "everything goes with the last process", _last, standin=True),
)
