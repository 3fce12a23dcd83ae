"""Count packets in a network namespace: all that a load sends, and those that carry the mark of its group."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from nslab.errors import Unsupported
from nslab.lab.client.place import Place
from nslab.lab.power import privilege
from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import cgroupfs

PACKAGES = {"nft": "nftables", "tc": "iproute2"}
_count = itertools.count(1)


class Packets(NamedTuple):
    """How many packets were seen, and how many of them had the mark."""

    all: int
    marked: int


Read = Callable[[], Packets]


def check_root(subsystem: str) -> None:
    """Raise `nslab.Unsupported` for anybody but root, who alone may mount a subsystem that only v1 has."""
    mounted = any(subsystem in hierarchy.split(",") for hierarchy in cgroupfs.mount_points())
    if not mounted and subsystem in cgroupfs.subsystems():
        asks = "v1 alone has it, it is mounted nowhere here, and mount(2)"
        privilege.demand(f"the subsystem {subsystem}", asks, "CAP_SYS_ADMIN", demo=subsystem)


def by_nft(place: Place, hook: str, port: int, match: str) -> Read:
    """Count UDP packets to a port in a sandbox, and those that also match, such as "meta cgroup 1" (nft(8))."""
    _run(place, "nft", _rules("nslab", hook, port, match))
    return lambda: _nft_counters(place, "nslab")


@contextlib.contextmanager
def by_nft_owned(place: Place, hook: str, port: int, match: str) -> Iterator[Read]:
    """The same on the machine itself, by a table that goes with the process that made it, whatever happens. The table
    only counts: it changes no packet. Raises `nslab.Unsupported`.
    """
    table = f"nslab_{os.getpid()}_{next(_count)}"
    owner = subprocess.Popen([_program("nft"), "-i"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True)  # fmt: skip
    assert owner.stdin
    assert owner.stderr
    try:
        owner.stdin.write(_rules(table, hook, port, match, "{ flags owner; }").replace("; add", "\nadd") + "\n")
        owner.stdin.flush()
        if not cgroup_cleanup.wait_until(lambda: _has_counters(place, table), 20.0):
            owner.stdin.close()
            raise _failed("nft", owner.stderr.read())
        yield lambda: _nft_counters(place, table)
    finally:
        owner.stdin.close()
        owner.wait()
        owner.stderr.close()


def by_tc(place: Place, major: int, minor: int) -> Read:
    """Count packets on lo in a sandbox, and those that tc's cgroup classifier puts into a class (tc-cgroup(8))."""
    qdisc, wanted = f"{major:x}:", f"{major:x}:{minor:x}"
    # A class on lo, and a filter that puts each packet into that of its group (net_cls.rst).
    for command in (
        f"qdisc add dev lo root handle {qdisc} htb",
        f"class add dev lo parent {qdisc} classid {wanted} htb rate 100mbit",
        f"filter add dev lo parent {qdisc} protocol ip prio 1 handle 1: cgroup",
    ):
        _run(place, "tc", *command.split())

    def sent(kind: str, which: str, handle: str) -> int:
        said = _run(place, "tc", "-s", kind, "show", "dev", "lo", which, handle)
        return int(said.partition(" bytes ")[2].split()[0])

    return lambda: Packets(sent("qdisc", "handle", qdisc), sent("class", "classid", wanted))


def _rules(table: str, hook: str, port: int, match: str, flags: str = "") -> str:
    chain = f"inet {table} packets"
    return "; ".join((
        f"add table inet {table} {flags}".rstrip(),
        f"add chain {chain} {{ type filter hook {hook} priority 0; }}",
        f"add rule {chain} udp dport {port} counter",
        f"add rule {chain} udp dport {port} {match} counter",
    ))  # fmt: skip


def _nft_counters(place: Place, table: str) -> Packets:
    return Packets(*_counters(place, table))


def _listed(place: Place, table: str) -> list[dict[str, Any]]:
    """The contents of a table. nft(8) fails when rules change at that very moment, so it is run again."""
    for _ in range(20):
        # What it prints when it fails is not JSON; the next try may find the rules at rest.
        with contextlib.suppress(json.JSONDecodeError):
            return json.loads(_run(place, "nft", "-j", "list", "table", "inet", table))["nftables"]
    raise _failed("nft", "the rules change without end")


def _counters(place: Place, table: str) -> list[int]:
    rules = [entry["rule"]["expr"] for entry in _listed(place, table) if "rule" in entry]
    return [part["counter"]["packets"] for rule in rules for part in rule if "counter" in part]


def _has_counters(place: Place, table: str) -> bool:
    try:
        return len(_counters(place, table)) == len(Packets._fields)
    except Unsupported:
        return False


def _program(name: str) -> str:
    # Not every user's PATH has the directories of the system's programs.
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if not found:
        raise Unsupported(f"{name}(8)", "it is not installed", f"sudo apt-get install {PACKAGES[name]}")
    return found


def _run(place: Place, name: str, *arguments: str) -> str:
    done = place.run([_program(name), *arguments])
    if done.status != 0:
        raise _failed(name, done.stderr)
    return done.stdout


def _failed(name: str, said: str) -> Unsupported:
    first = next(iter(said.strip().splitlines()), "no answer")
    return Unsupported(f"counting packets with {name}(8)", first, "use a distribution's kernel, or the VM: vagrant up")


def first_that_works(ways: Sequence[Callable[[], Read]]) -> Read:
    """The first way to count that this machine has. Raises `nslab.Unsupported` that tells why each one is not."""
    refused = []
    for way in ways:
        try:
            return way()
        except Unsupported as e:
            refused.append(e)
    raise Unsupported(" and ".join(e.what for e in refused), "; ".join(e.why for e in refused), refused[0].mend)
