"""The subsystem net_prio: the priority of a group's packets, for each interface.

Source: Documentation/admin-guide/cgroup-v1/net_prio.rst, socket(7) (SO_PRIORITY), nft(8) ("meta priority").
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence

from nslab.cgroups.bench import measure, netcount, netload
from nslab.cgroups.bench.notes import note
from nslab.cgroups.core.group import Cgroup
from nslab.cgroups.core.location import home
from nslab.errors import Unsupported, checked_whole
from nslab.experiment.evidence import Evidence, Reading
from nslab.experiment.expect import AsExpected
from nslab.experiment.parts import Part, Seen
from nslab.experiment.run import run
from nslab.experiment.samples import Chart, Series
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.power import privilege
from nslab.lab.upkeep import cgroup_cleanup

CLAIM = "Packets get the priority that their group has on an interface, although the program did not ask for one."
SECONDS, EVERY = 1.0, 0.1


@elsewhere
def demo(priority: int = 5, packets: int = 100, only: str | Sequence[str] | None = None) -> Evidence:
    """Send packets on lo from a group with a priority there, and count those that have it when they arrive.

    `priority`: 1 to 15; `packets`: how many are sent within a second, 10 to 1000; `only`: the names of PARTS to run.
    The kernel has priorities for the interfaces of the machine's first network namespace alone, so the packets go over
    the machine's own lo; a table of nft(8) that has counters alone is there meanwhile, and nothing else changes.
    Raises TypeError and ValueError for other values, `nslab.Unsupported` (it asks for root). Source: net_prio.rst.
    """
    options = {
        "priority": checked_whole("priority", priority, 1, 15),
        "packets": checked_whole("packets", packets, 10, 1000),
    }
    return run("nslab.cgroups.net_prio", CLAIM, PARTS, only, options, by_hand=_by_hand(options))


def _priority(treated: bool, *, priority: int, packets: int) -> Seen:
    port = _free_port()
    netcount.check_root("net_prio")
    with Cgroup("net_prio") as group:
        _check_namespace(group)
        privilege.demand("counting packets on this machine's own lo", "nft(8)", "CAP_NET_ADMIN", demo="net_prio")
        if treated:
            group.write("net_prio", [("net_prio.ifpriomap", f"lo {priority}")])
        with netcount.by_nft_owned(home(), "input", port, f"meta priority 0:{priority:x}") as read:
            with measure.running([(group, netload.send, (port, packets, SECONDS))]) as (sender,):
                points = measure.sample({"with it": lambda: read().marked}, SECONDS, EVERY)["with it"]
                _, wished = measure.report(sender)
                counted = read()
        lines = group.read("net_prio", "net_prio.ifpriomap").splitlines()
        shown = next(line for line in lines if line.startswith("lo "))
    asked = f"lo {priority}" if treated else "nothing"
    seen = Seen(
        rows=[
            Reading("marked", f"packets with priority {priority}", asked, packets, counted.marked, AsExpected(),
                    varies=False),
            Reading("others", "packets without it", asked, 0, counted.all - counted.marked, AsExpected(), varies=False),
            Reading("ifpriomap", "net_prio.ifpriomap says", asked, f"lo {priority}", shown, AsExpected(), varies=False),
            Reading("wished", "SO_PRIORITY of the socket, and what the group has", asked, f"0, lo {priority}",
                    f"{wished:g}, {shown}", AsExpected(), varies=False),
        ],
        chart=Chart(f"counted with priority {priority}", "packets",
                    (Series("with it", points, ((0.0, 0.0), (SECONDS, float(packets)))),)),
    )  # fmt: skip
    note(seen, group)
    return seen


def _free_port() -> int:
    """A UDP port of this machine's that nobody uses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((netload.ADDRESS, 0))
        return int(s.getsockname()[1])


def _check_namespace(group: Cgroup) -> None:
    """Check that the interfaces in the group's file, which are those of the first network namespace, are this process's
    own.
    """

    def listed() -> set[str]:
        return {line.split()[0] for line in group.read("net_prio", "net_prio.ifpriomap").splitlines()}

    # Somebody may make or remove an interface between the two looks.
    if not cgroup_cleanup.wait_until(lambda: listed() == {name for _, name in socket.if_nameindex()}, 0.2):
        raise Unsupported(
            "a priority on an interface",
            "the kernel has them for the machine's first network namespace alone, and this process is in another one",
            "run nslab outside of containers, or in the VM: vagrant up",
        )  # fmt: skip


def _by_hand(options: Mapping[str, int]) -> dict[str, str]:
    return {
        "priority": str(options["priority"]),
        "match": f"0:{options['priority']:x}",
        "packets": str(options["packets"]),
    }


PARTS = (Part("priority", "packets of a group get its priority on an interface", _priority),)
