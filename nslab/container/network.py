"""A network of its own with a way out: a pair of interfaces, an address, a default route, and translation (NAT).

Who may make an interface on the machine gets a veth(4); an ordinary user the help of pasta or slirp4netns, which pass
on what a container sends as their own connections. IPv4 alone.

Nothing of it outlives the container, whatever ends: the pair goes with the container's network namespace, the table of
nftables with the socket of its maker (nft(8), "flags owner"), and a setting is noted in the journal before it is
changed. No rule of the machine's is touched: where a firewall drops what is passed on, it drops this, too.
"""

from __future__ import annotations

import contextlib
import ipaddress
import itertools
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from nslab.container.spec import Spec
from nslab.errors import Unsupported
from nslab.lab.client.child import Child
from nslab.lab.client.host import host
from nslab.lab.power import privilege
from nslab.lab.server import inside
from nslab.lab.server.prepare import Setup
from nslab.lab.upkeep import journal, registry
from nslab.lab.upkeep.cgroup_cleanup import wait_until
from nslab.linux import files, nat, nodes, ns
from nslab.linux.flags import CloneFlag
from nslab.linux.nat import PROGRAMS

INSIDE = "eth0"
POOL = ("10.213.0.0/16", "172.29.0.0/16", "192.168.0.0/16")
"""Where the networks of containers are taken from: the first that the machine has no route to (RFC 1918)."""
PREFIX = 30
"""Four addresses each: the network's own, the machine's, the container's, and the broadcast."""
FORWARDING = "/proc/sys/net/ipv4/conf/{}/forwarding"
"""Whether what comes in by an interface is passed on (ip-sysctl.rst)."""
HELPERS = {
    "pasta": ["--config-net", "--foreground", "--quiet", "--ns-ifname", INSIDE, "--no-map-gw",
              "--tcp-ports", "none", "--udp-ports", "none", "--tcp-ns", "none", "--udp-ns", "none"],
    "slirp4netns": ["--configure", "--mtu=65520", "--disable-host-loopback"],
}  # fmt: skip
"""A program that connects an ordinary user's container → its arguments before the pid (pasta(1), slirp4netns(1)). No
port of either side shows on the other, and nothing leads to what listens on the machine's own lo."""
SECONDS = 10.0
"""In which a helper has connected it; it takes some tens of milliseconds."""
RESOLVED = "/run/systemd/resolve/resolv.conf"
"""The name servers behind systemd-resolved, whose own address no container reaches (systemd-resolved.service(8))."""
_gates = itertools.count()


class Gate(NamedTuple):
    """A pipe with a name: who is to become the container reads it, and goes on when something comes."""

    path: str
    fd: int

    def open(self) -> None:
        """Let it go on."""
        os.write(self.fd, b"\n")


@contextlib.contextmanager
def gate() -> Iterator[Gate]:
    """A closed gate. It is in the session's directory, which is removed with it, also after a kill -9."""
    registry.open_session(host().session)
    path = str(registry.directory() / host().session / f"gate-{next(_gates)}")
    nodes.mkfifo(path)
    try:
        # For both, so that neither side has to be there first.
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            yield Gate(path, fd)
        finally:
            os.close(fd)
    finally:
        files.unlink(path)


def named(spec: Spec) -> Spec:
    """The container with this machine's name servers in /etc/resolv.conf, where it may be put there."""
    target = "/etc/resolv.conf"
    source = RESOLVED if os.path.exists(RESOLVED) else target
    # In a link it would be somebody else's file, and what is kept would stay in the rootfs.
    linked = any(os.path.islink(f"{each}{target}") for each in (spec.rootfs, *spec.layers))
    given = any(inside_ == target for _, inside_, _ in spec.volumes)
    if spec.keep or linked or given or not os.path.isfile(source):
        return spec
    return replace(spec, volumes=(*spec.volumes, (os.path.realpath(source), target, "ro")))


@contextlib.contextmanager
def connected(pid: int) -> Iterator[list[str]]:
    """Connect the network namespace of a process, for the length of the block; what is to be said of it.

    Raises OSError where the kernel refuses a part.
    """
    with contextlib.ExitStack() as end:
        if privilege.has("CAP_NET_ADMIN", "CAP_SYS_ADMIN"):
            yield list(_by_veth(pid, end))
        else:
            yield list(_by_helper(pid, end))


def _by_veth(pid: int, end: contextlib.ExitStack) -> Iterator[str]:
    name = f"nslab-{pid}"
    try:
        network, out = host().call(_joined, pid, name, stream=False)
    finally:
        end.callback(_remove, name)
    if not out:
        yield "this machine has no default route, so the container reaches nothing but the machine itself"
        return
    try:
        end.enter_context(nat.translated(name, network))
    except Unsupported as e:
        yield f"{e.line} Without it answers come back from those alone who have a route to {network}"
    session, path = host().session, FORWARDING.format(out)
    journal.need(session, path, "1")
    end.callback(journal.undo, session, path)


def _joined(pid: int, name: str) -> tuple[str, str]:
    """Make the pair, with an address on either side, in a process that then leaves this network namespace.

    Returns its network, and the interface by which this machine's packets leave, "" where there is none.
    """
    from nslab.linux import netlink

    out = netlink.default_interface()
    netlink.add_veth(name, INSIDE, pid)
    network = _free(netlink.index(name), netlink.networks())
    ours, theirs = (str(each) for each in network.hosts())
    netlink.bring_up(name, ours, PREFIX)
    files.write(FORWARDING.format(name), "1")
    fd = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    ns.setns(fd, int(CloneFlag.CLONE_NEWNET))
    os.close(fd)
    netlink.bring_up(INSIDE, theirs, PREFIX)
    netlink.add_default_route(ours)
    return str(network), out


def _free(number: int, taken: Sequence[str]) -> ipaddress.IPv4Network:
    """The network of the interface with this number: no two of a machine's interfaces have the same."""
    others = [ipaddress.IPv4Network(each) for each in taken]
    for pool in POOL:
        all_of_it = ipaddress.IPv4Network(pool)
        size = 2 ** (32 - PREFIX)
        first = int(all_of_it.network_address) + number * size % all_of_it.num_addresses
        network = ipaddress.IPv4Network((first, PREFIX))
        if not any(network.overlaps(other) for other in others):
            return network
    raise Unsupported("a network for the container", f"this machine has routes to all of {', '.join(POOL)}",
                      "use network='none' or 'host'")  # fmt: skip


def _remove(name: str) -> None:
    # It went with the container, or was never made.
    with contextlib.suppress(OSError):
        host().call(_removed, name, stream=False)


def _removed(name: str) -> None:
    from nslab.linux import netlink

    netlink.remove(name)


def _by_helper(pid: int, end: contextlib.ExitStack) -> Iterator[str]:
    why = []
    for name, arguments in HELPERS.items():
        program = shutil.which(name, path=PROGRAMS)
        if program is None:
            why.append(f"there is no {name}")
            continue
        last = [INSIDE] if name == "slirp4netns" else []
        argv = (program, *arguments, str(pid), *last)
        helper = host().spawn(Setup(cwd="/"), inside.Exec(argv), add_user=False)
        end.callback(_ended, helper)
        if wait_until(lambda: _has_default_route(pid) or not helper.alive, SECONDS) and _has_default_route(pid):  # noqa: B023
            return
        _ended(helper)
        why.append(
            f"{name} did not connect it ({' '.join((helper.stdout + helper.stderr).split()) or 'and said nothing'})"
        )
    yield (
        "the container has none but lo: an ordinary user may connect none to the machine by himself, and "
        f"{'; '.join(why)}. To mend it: sudo apt-get install passt"
    )


def _has_default_route(pid: int) -> bool:
    lines = files.read(f"/proc/{pid}/net/route").splitlines()[1:]
    return any(line.split()[1] == "00000000" for line in lines)


def _ended(helper: Child) -> None:
    helper.kill()
    helper.wait(SECONDS)
