"""Links, addresses and routes of this process's network namespace, by pyroute2 (rtnetlink(7), veth(4)).

A netlink message is no system call of its own, so the record has none of them; an error names the message. Importing
pyroute2 takes 0.15 s, so this module is loaded only where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError
from pyroute2.nftables.main import NFTables

from nslab.linux.trace import failure

IFF_UP = 1


@contextmanager
def _asking(message: str, *args: str) -> Iterator[IPRoute]:
    try:
        with IPRoute() as ip:
            yield ip
    except NetlinkError as e:
        raise failure(message, args, e.code) from None


def _index(ip: IPRoute, name: str) -> int:
    found = ip.link_lookup(ifname=name)
    if not found:
        raise OSError(19, f"ENODEV: no interface {name} in this network namespace")
    return int(found[0])


def links() -> dict[str, bool]:
    """Interface name → whether it is up."""
    with _asking("RTM_GETLINK") as ip:
        return {link.get_attr("IFLA_IFNAME"): bool(link["flags"] & IFF_UP) for link in ip.get_links()}


def add_veth(name: str, peer: str, pid: int | None = None) -> None:
    """Make a pair of connected interfaces (veth(4)), the peer in the network namespace of `pid`. Raises OSError."""
    there = {} if pid is None else {"net_ns_pid": pid}
    with _asking("RTM_NEWLINK", name, "veth", f"peer {peer}", *(f"in that of {each}" for each in there.values())) as ip:
        ip.link("add", ifname=name, kind="veth", peer={"ifname": peer, **there})


def remove(name: str) -> None:
    """Remove an interface; one of a veth pair goes with the other. Raises OSError (ENODEV)."""
    with _asking("RTM_DELLINK", name) as ip:
        ip.link("del", index=_index(ip, name))


def index(name: str) -> int:
    """The number of an interface, which no other has in this network namespace. Raises OSError (ENODEV)."""
    with _asking("RTM_GETLINK", name) as ip:
        return _index(ip, name)


def add_bridge(name: str) -> None:
    """Make a bridge and bring it up. Raises OSError."""
    with _asking("RTM_NEWLINK", name, "bridge") as ip:
        ip.link("add", ifname=name, kind="bridge")
        ip.link("set", index=_index(ip, name), state="up")


def set_master(name: str, bridge: str) -> None:
    """Plug an interface into a bridge, and bring it up. Raises OSError."""
    with _asking("RTM_SETLINK", name, f"master {bridge}") as ip:
        ip.link("set", index=_index(ip, name), master=_index(ip, bridge), state="up")


def move(name: str, pid: int) -> None:
    """Move an interface into the network namespace of process `pid` (network_namespaces(7)). Raises OSError."""
    with _asking("RTM_SETLINK", name, f"IFLA_NET_NS_PID {pid}") as ip:
        ip.link("set", index=_index(ip, name), net_ns_pid=pid)


def bring_up(name: str, address: str, prefix: int = 24) -> None:
    """Give an interface an IPv4 address and bring it up. Raises OSError."""
    with _asking("RTM_NEWADDR", name, f"{address}/{prefix}", "up") as ip:
        index = _index(ip, name)
        ip.addr("add", index=index, address=address, prefixlen=prefix)
        ip.link("set", index=index, state="up")


def add_default_route(gateway: str) -> None:
    """Send what has no other route to a gateway (route(8)). Raises OSError."""
    with _asking("RTM_NEWROUTE", "default", f"via {gateway}") as ip:
        ip.route("add", dst="default", gateway=gateway)


def default_interface() -> str:
    """The interface by which IPv4 packets leave that have no other route; "" where there is none."""
    with _asking("RTM_GETROUTE") as ip:
        found = [r.get_attr("RTA_OIF") for r in ip.get_default_routes(family=2)]
        return next((str(ip.get_links(each)[0].get_attr("IFLA_IFNAME")) for each in found if each), "")


def networks() -> list[str]:
    """The IPv4 networks to which there is a route, "192.0.2.0/24" each, without the default route."""
    with _asking("RTM_GETROUTE") as ip:
        routes = list(ip.get_routes(family=2, table=254))
    return [f"{route.get_attr('RTA_DST')}/{route['dst_len']}" for route in routes if route.get_attr("RTA_DST")]


def routes() -> int:
    """How many IPv4 routes the main table has."""
    with _asking("RTM_GETROUTE") as ip:
        return len(list(ip.get_routes(family=2, table=254)))


def add_nft_table(name: str) -> None:
    """Add an nftables table (nft(8)). Raises OSError."""
    try:
        with NFTables(nfgen_family=1) as nft:
            nft.table("add", name=name)
    except NetlinkError as e:
        raise failure("NFT_MSG_NEWTABLE", (name,), e.code) from None


def nft_tables() -> list[str]:
    """The names of the nftables tables of the family inet. Raises OSError where the kernel has none."""
    with NFTables(nfgen_family=1) as nft:
        return [table.get_attr("NFTA_TABLE_NAME") for table in nft.get_tables()]
