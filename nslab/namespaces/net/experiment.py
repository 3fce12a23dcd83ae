"""Network namespaces: interfaces, addresses, routes, ports and rules of one's own (network_namespaces(7))."""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from nslab.errors import Unsupported, checked_whole
from nslab.experiment.evidence import Evidence, Row
from nslab.experiment.expect import NOT_ASKED, Exactly, Is, Value, Values
from nslab.experiment.parts import Part
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.client.place import Place
from nslab.lab.client.sandbox import Sandbox
from nslab.linux import files, icmp
from nslab.linux.libc import answer
from nslab.namespaces.run import own_namespace, run
from nslab.namespaces.told import first_line

CLAIM = "A network namespace starts with a loopback that is down, and shares no port, route or rule with the host."
FORWARDING = "/proc/sys/net/ipv4/ip_forward"
HOST, FIRST, SECOND = "10.77.0.1", "10.77.0.2", "10.77.0.3"
SHORT = 0.05
"""Seconds to wait for a reply that should not come; one that comes takes less than a millisecond."""
LONGEST = 20.0
"""Seconds within which the kernel takes down a namespace whose last process has ended; it takes some 10 ms."""
MOMENTS = 0.1
"""Seconds to wait on top of it, also without a namespace, where nothing is taken down."""


@elsewhere
def demo(port: int = 8080, only: str | Sequence[str] | None = None) -> Evidence:
    """Build networks between a stand-in for the host and sandboxes, and show what is separate.

    `port`: the TCP port that two servers listen on at once, 1024 to 65535. `only`: the names of PARTS to run.
    Nothing is made on the host's own network. Raises TypeError, ValueError, `nslab.Unsupported`.
    Source: network_namespaces(7), veth(4).
    """
    port = checked_whole("port", port, 1024, 65535)
    return run("net", CLAIM, PARTS, only, {"port": port}, standin={"net": True, "lo": True}, load="nslab.linux.netlink")


def _netlink(place: Place, name: str, *args: Any) -> Any:
    return place.call(_operate, name, args)


def _netlinks(place: Place, *operations: tuple[Any, ...]) -> None:
    """Several of them in one process, in order."""
    place.call(_operate_each, operations)


def _operate_each(operations: Sequence[tuple[Any, ...]]) -> None:
    for name, *args in operations:
        _operate(name, args)


def _operate(name: str, args: Sequence[Any]) -> Any:
    from nslab.linux import netlink

    return getattr(netlink, name)(*args)


# -- what a new one has ----------------------------------------------------------------------------------


def _empty(outside: Place, treated: bool) -> Iterator[Row]:
    ns_before = outside.ns["net"]
    _netlink(outside, "add_veth", "eth0", "wire")
    before = _netlink(outside, "links")
    with outside.sandbox(net=treated) as box:
        inside = _netlink(box, "links")
        after = _netlink(outside, "links")
        yield own_namespace("net", ns_before, box.ns["net"], outside.ns["net"])
    ours = ("eth0", "lo", "wire")
    yield Row("interfaces", "interfaces", *_three(tuple(sorted(links)) for links in (before, inside, after)),
              Exactly(ours, ("lo",), ours, "inside: lo alone"))  # fmt: skip
    yield Row("lo", "lo is", *_three("up" if links["lo"] else "down" for links in (before, inside, after)),
              Exactly("up", "down", "up", "inside: down"))  # fmt: skip


def _three(values: Iterable[Value]) -> Values:
    before, inside, after = values
    return before, inside, after


def _ports(outside: Place, treated: bool, *, port: int) -> Iterator[Row]:
    ns_before = outside.ns["net"]
    with (
        outside.clone(_listen, args=(port, 60), stream=False) as server,
        outside.sandbox(net=treated, lo=treated or None) as box,
    ):
        first_line(server)
        before = outside.call(_server, port)
        inside = box.call(answer, _listen, port, 0, stream=False)
        after = outside.call(_server, port)
        yield own_namespace("net", ns_before, box.ns["net"], outside.ns["net"])
    yield Row("port", f"a second server on port {port}", before, inside, after,
              Exactly("listening", "ok", "listening", "both listen"))  # fmt: skip


def _listen(port: int, seconds: float) -> None:
    with socket.socket() as s:
        s.bind(("127.0.0.1", port))
        s.listen()
        print("listening", flush=True)
        time.sleep(seconds)


def _listening() -> list[int]:
    """The ports of the IPv4 TCP sockets in the state LISTEN, 0A in /proc/net/tcp (proc_pid_net(5))."""
    sockets = (line.split() for line in files.read("/proc/self/net/tcp").splitlines()[1:])
    return [int(fields[1].partition(":")[2], 16) for fields in sockets if fields[3] == "0A"]


def _server(port: int) -> str:
    return "listening" if port in _listening() else "gone"


# -- wires -----------------------------------------------------------------------------------------------


def _plug(outside: Place, box: Sandbox, here: str, there: str, address: str) -> None:
    """A veth pair from `outside` (end `here`) into `box` (end `there`, with the address)."""
    _netlinks(outside, ("add_veth", here, there), ("move", there, box.pid))
    _netlink(box, "bring_up", there, address)


def _veth(outside: Place, treated: bool) -> Iterator[Row]:
    ns_before = outside.ns["net"]
    with outside.sandbox(net=treated) as box:
        # The address is there before the wire: so only a process in the host's own namespace reaches it.
        _netlinks(outside, ("add_veth", "veth0", "veth1"), ("bring_up", "veth0", HOST))
        before = outside.call(_echoes)
        unplugged = box.call(_ping, HOST)
        _netlink(outside, "move", "veth1", box.pid)
        _netlink(box, "bring_up", "veth1", FIRST)
        plugged = box.call(_ping, HOST)
        inside, after = box.call(_echoes), outside.call(_echoes)
        yield own_namespace("net", ns_before, box.ns["net"], outside.ns["net"])
    label = f"ping {HOST} from inside, with no wire"
    yield Row("ping-unplugged", label, NOT_ASKED, unplugged, NOT_ASKED, Is("ENETUNREACH"))
    yield Row("ping-veth", f"ping {HOST} from inside, over a veth pair", NOT_ASKED, plugged, NOT_ASKED, Is("reply"),
              decisive=False)  # fmt: skip
    yield Row("echo-requests", "echo requests received", before.requests, inside.requests, after.requests,
              Exactly(0, 0, 1, "the host's side counted it, the inside did not"))  # fmt: skip
    yield Row("echo-replies", "echo replies received", before.replies, inside.replies, after.replies,
              Exactly(0, 1, 0, "the inside counted it, the host's side did not"))  # fmt: skip


def _ping(address: str, seconds: float = 5.0) -> str:
    try:
        return icmp.ping(address, seconds)
    except OSError as e:
        return errno.errorcode.get(e.errno or 0, str(e))


class _Echoes(NamedTuple):
    """Echo requests and echo replies that a network namespace has received."""

    requests: int
    replies: int


def _echoes() -> _Echoes:
    """InEchos and InEchoReps of the lines Icmp in /proc/net/snmp (proc_pid_net(5))."""
    lines = (line.split() for line in files.read("/proc/self/net/snmp").splitlines())
    names, values = (fields for fields in lines if fields[0] == "Icmp:")
    counted = dict(zip(names, values, strict=True))
    return _Echoes(int(counted["InEchos"]), int(counted["InEchoReps"]))


def _bridge(outside: Place, treated: bool) -> Iterator[Row]:
    with outside.sandbox(net=treated) as first, outside.sandbox(net=treated) as second:
        _netlink(outside, "add_bridge", "bridge0")
        for box, here, there, address in ((first, "port1", "eth1", FIRST), (second, "port2", "eth2", SECOND)):
            _plug(outside, box, here, there, address)
            _netlink(outside, "set_master", here, "bridge0")
        before = outside.call(_echoes).requests
        reply = first.call(_ping, SECOND)
        inside, after = second.call(_echoes).requests, outside.call(_echoes).requests
        links = tuple(sorted(_netlink(first, "links")))
        _netlink(outside, "move", "port2", second.pid)
        unplugged = first.call(_ping, SECOND, SHORT)
        yield own_namespace("net", first.ns["net"], second.ns["net"], first.ns["net"])
    label = "ping from one sandbox to the other, over a bridge"
    yield Row("ping-bridge", label, NOT_ASKED, reply, NOT_ASKED, Is("reply"), decisive=False)
    yield Row("bridged-requests", "echo requests that the other received, and the host", before, inside, after,
              Exactly(0, 1, 0, "the other received it, the host passed it on"))  # fmt: skip
    yield Row("ping-no-port", "the same ping, with one port taken out of the bridge", NOT_ASKED, unplugged, NOT_ASKED,
              Is("no reply"))  # fmt: skip
    yield Row("first-interfaces", "interfaces that the first sandbox sees", NOT_ASKED, links, NOT_ASKED,
              Is(("eth1", "lo")))  # fmt: skip


# -- what is separate ------------------------------------------------------------------------------------


def _separate(outside: Place, treated: bool, *, port: int) -> Iterator[Row]:
    ns_before = outside.ns["net"]
    _netlinks(outside, ("add_veth", "eth0", "wire"), ("bring_up", "wire", SECOND), ("bring_up", "eth0", HOST))
    with outside.clone(_listen, args=(port, 60), stream=False) as server, outside.sandbox(net=treated) as box:
        first_line(server)
        before = outside.call(_state)
        # A new network namespace may start with the machine's setting, where something has switched it on (Docker).
        box.call(files.write, FORWARDING, "0" if before.forwarding == "1" else "1")
        inside, after = box.call(_state), outside.call(_state)
        yield own_namespace("net", ns_before, box.ns["net"], outside.ns["net"])
    yield Row("routes", "IPv4 routes", before.routes, inside.routes, after.routes)
    yield Row("sockets", "TCP sockets that listen", before.sockets, inside.sockets, after.sockets)
    label = "sysctl net.ipv4.ip_forward"
    yield Row("ip-forward", label, before.forwarding, inside.forwarding, after.forwarding)


class _State(NamedTuple):
    """How many IPv4 routes and listening TCP sockets a network namespace has, and its sysctl ip_forward."""

    routes: int
    sockets: int
    forwarding: str


def _state() -> _State:
    return _State(_operate("routes", ()), len(_listening()), files.read(FORWARDING))


def _rules(outside: Place, treated: bool) -> Iterator[Row]:
    def tables(place: Place) -> int:
        return len(_netlink(place, "nft_tables"))

    ns_before = outside.ns["net"]
    try:
        before = tables(outside)
        with outside.sandbox(net=treated) as box:
            _netlink(box, "add_nft_table", "nslab")
            inside, after = tables(box), tables(outside)
            yield own_namespace("net", ns_before, box.ns["net"], outside.ns["net"])
    except OSError as e:
        if e.errno == errno.EOPNOTSUPP:
            raise Unsupported("nftables", "this kernel was built without its family inet (CONFIG_NF_TABLES_INET)",
                              "use a distribution's kernel, or the VM: vagrant up") from None  # fmt: skip
        if os.path.exists("/sys/module/nf_tables"):
            raise  # it is there, and says no for another reason
        raise Unsupported("nftables", f"the kernel says {e.strerror}", "load it: sudo modprobe nf_tables") from None
    yield Row("nft-tables", "nftables tables", before, inside, after)


# -- coming and going ------------------------------------------------------------------------------------


def _move(outside: Place, treated: bool) -> Iterator[Row]:
    ns_before = outside.ns["net"]
    with outside.sandbox(net=treated) as box:
        _netlink(outside, "add_veth", "traveller", "stays")
        before = _where(outside, "traveller")
        _netlink(outside, "move", "traveller", box.pid)
        inside, after = _where(box, "traveller"), _where(outside, "traveller")
        yield own_namespace("net", ns_before, box.ns["net"], outside.ns["net"])
    yield Row("traveller", "an interface that is moved inside", before, inside, after,
              Exactly("here", "here", "gone", "it leaves one side and is on the other"))  # fmt: skip


def _where(place: Place, name: str) -> str:
    return "here" if name in _netlink(place, "links") else "gone"


def _last(outside: Place, treated: bool) -> Iterator[Row]:
    ns_before = outside.ns["net"]
    # The witness always has a namespace of its own, and ends after the box: once its namespace is taken down, the box's
    # is, too, or will be in a moment.
    with outside.sandbox(net=True) as witness:
        _netlinks(outside, ("add_veth", "seen", "witness"), ("move", "witness", witness.pid))
        with outside.sandbox(net=treated) as box:
            _netlink(outside, "add_veth", "outer", "inner")
            _netlink(outside, "move", "inner", box.pid)
            before, inside = _where(outside, "outer"), _where(box, "inner")
            yield own_namespace("net", ns_before, box.ns["net"], outside.ns["net"])
        # A netlink socket that was open inside holds a namespace for an RCU grace period. So one is opened in the
        # witness as well.
        _netlink(witness, "links")
    outside.call(_wait_for_their_end)
    after = _where(outside, "outer")
    yield Row("outer", "the outer end of a pair, when the sandbox has ended", before, inside, after,
              Exactly("here", "here", "gone", "it goes with the sandbox"))  # fmt: skip


def _wait_for_their_end() -> None:
    _wait_for_its_end("seen", LONGEST)
    _wait_for_its_end("outer", MOMENTS)


def _wait_for_its_end(name: str, seconds: float) -> None:
    # The kernel takes a namespace down after its last process is gone, not with it.
    deadline = time.monotonic() + seconds
    while name in _operate("links", ()) and time.monotonic() < deadline:
        time.sleep(0.005)


PARTS = (
    Part("empty", "a new one has lo, and lo is down", _empty, standin=True),
    Part("ports", "two servers on one port", _ports, standin=True),
    Part("veth", "a wire with two ends", _veth, standin=True),
    Part("bridge", "a switch between sandboxes", _bridge, standin=True),
    Part("separate", "routes, sockets and sysctls are the namespace's own", _separate, standin=True),
    Part("rules", "nftables rules are the namespace's own", _rules, standin=True),
    Part("move", "an interface is in one namespace at a time", _move, standin=True),
    Part("last", "everything goes with the last process", _last, standin=True),
)
