"""A veth pair, an address at each end, and a route (veth(4), ip-link(8), ip-route(8))."""

from __future__ import annotations

from collections.abc import Iterator

from nslab.course.checking import look, reach
from nslab.course.checking.container import Step, own
from nslab.course.checking.look import Process
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene

WIRE = (
    "What is a wire with two ends called, and how does one end get into another namespace?",
    "ip link add OUTSIDE type veth peer name eth0 netns PID, and on each side: ip address add, ip link set … up",
)
ROUTE = (
    "It reaches its neighbour on the wire. Where does a packet for anybody else go?",
    "Inside: ip route add default via ADDRESS-OF-THE-MACHINE'S-END",
)
DOWN = (
    "Inside all looks right. Look at the machine's end of the wire: ip address",
    "The machine's end needs the gateway's address, and has to be up.",
)


class Task(Step):
    """A ping from inside tells. What is made on the machine goes with the namespace."""

    place = 6
    namespaces = ("net",)
    programs = ("ip",)
    privileged = True

    def look_at(self, inside: Process, scene: Scene) -> Iterator[Finding]:
        yield own("net", inside, WIRE)
        there = [
            f"{name} {each}" for name, listed in look.addresses(inside.pid).items() if name != "lo" for each in listed
        ]
        yield Finding("address", f"the addresses of process {inside.pid}, without lo's", "one at least",
                      ", ".join(there) or "none", bool(there), WIRE)  # fmt: skip
        gateway = next((each.get("gateway", "") for each in look.routes(inside.pid) if each["dst"] == "default"), "")
        yield Finding("route", "its default route", "by a gateway", gateway or "none", bool(gateway), ROUTE)
        came = reach.pings(inside.pid, gateway) if gateway else "no gateway"
        yield Finding("ping", f"a ping from inside to {gateway}", reach.REPLY, came, came == reach.REPLY, DOWN)
