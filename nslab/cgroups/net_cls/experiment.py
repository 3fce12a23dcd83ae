"""The subsystem net_cls: a number on the packets of a group, by which tc(8) and nft(8) tell them apart.

Source: Documentation/admin-guide/cgroup-v1/net_cls.rst, nft(8) ("meta cgroup", "socket cgroupv2"), tc-cgroup(8).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence

from nslab.cgroups.bench import measure, netcount, netload
from nslab.cgroups.bench.notes import note
from nslab.cgroups.core.group import Cgroup
from nslab.cgroups.core.location import home, where
from nslab.errors import Unsupported, checked_whole
from nslab.experiment.evidence import Evidence, Reading
from nslab.experiment.expect import AsExpected
from nslab.experiment.parts import Part, Seen
from nslab.experiment.run import run
from nslab.experiment.samples import Chart, Series
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.client.sandbox import Sandbox
from nslab.linux import cgroupfs, files

CLAIM = "Packets carry the class of the group whose process sent them, so that rules can tell them apart."
SECONDS, EVERY = 1.0, 0.1
PORT = 4000
"""In a network namespace of one's own any port is free."""
NFT_ROOT = "/sys/fs/cgroup/"
"""Where nft(8) takes the paths of cgroups of v2 from."""


@elsewhere
def demo(classid: int | str = "10:1", packets: int = 100, only: str | Sequence[str] | None = None) -> Evidence:
    """Send packets in a sandbox from inside a group with a class, and from beside it, and count those of the class.

    `classid`: a handle as tc(8) writes it, two hexadecimal numbers from 1 to ffff such as "10:1", or the same as one
    number, 0x00100001; `packets`: how many are sent within a second, 10 to 1000; `only`: the names of PARTS to run.
    Raises TypeError and ValueError for other values, `nslab.Unsupported` (v1's net_cls asks for root). Source:
    net_cls.rst.
    """
    major, minor = checked_classid("classid", classid)
    sent = checked_whole("packets", packets, 10, 1000)
    options = {"major": major, "minor": minor, "packets": sent}
    return run("nslab.cgroups.net_cls", CLAIM, PARTS, only, options, by_hand=_by_hand(major, minor, sent))


def checked_classid(name: str, value: object) -> tuple[int, int]:
    """Return the two halves of a class, from "10:1" (hexadecimal) or 0x00100001. Raises TypeError, ValueError."""
    wanted = f"{name}={value!r}: give a handle as tc writes it, '1:1' to 'ffff:ffff', or a number such as 0x00100001"
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(wanted)
    if isinstance(value, int):
        major, minor = divmod(value, 1 << 16)
    else:
        match = re.fullmatch(r"([0-9a-fA-F]{1,4}):([0-9a-fA-F]{1,4})", value)
        if not match:
            raise ValueError(wanted)
        major, minor = (int(half, 16) for half in match.groups())
    if not (1 <= major <= 0xFFFF and 1 <= minor <= 0xFFFF):
        raise ValueError(wanted)
    return major, minor


def _send(box: Sandbox, treated: bool, packets: int, kind: str, name: str, read: netcount.Read,
          look: Callable[[int], Reading]) -> Seen:  # fmt: skip
    """Send packets in the sandbox, count them, and have a look at the process that sends; `kind` ends the keys."""
    with measure.running([(box, netload.send, (PORT, packets, SECONDS))]) as (sender,):
        points = measure.sample({"of the class": lambda: read().marked}, SECONDS, EVERY)["of the class"]
        measure.report(sender)
        # Counting takes time, and who has sent stays for a while only.
        looked, counted = look(sender.pid), read()
    asked = _asked(treated)
    return Seen(
        rows=[
            Reading(f"marked-{kind}", f"packets {name}", asked, packets, counted.marked, AsExpected(), varies=False),
            Reading(f"others-{kind}", f"packets not {name}", asked, 0, counted.all - counted.marked, AsExpected(),
                    varies=False),
            looked,
        ],
        chart=Chart(f"counted {name}", "packets",
                    (Series("of the class", points, ((0.0, 0.0), (SECONDS, float(packets)))),)),
    )  # fmt: skip


def _asked(treated: bool) -> str:
    return "the sender is inside" if treated else "the sender is outside"


def _path(pid: int, subsystem: str) -> str:
    """Where a process is in the hierarchy of a subsystem ("" is v2's), as /proc says."""
    return next(path for hierarchy, path in cgroupfs.paths(pid).items() if subsystem in hierarchy.split(","))


def _classid(treated: bool, *, major: int, minor: int, packets: int) -> Seen:
    number = major << 16 | minor
    netcount.check_root("net_cls")
    with Cgroup("net_cls") as group:
        group.write("net_cls", [("net_cls.classid", f"{number:#010x}")])
        # Above it are the session's directory and the root of the hierarchy.
        root = os.path.dirname(os.path.dirname(group.path("net_cls")))

        def look(pid: int) -> Reading:
            says = int(files.read(f"{root}{_path(pid, 'net_cls')}/net_cls.classid"))
            return Reading("classid", "net_cls.classid says", _asked(treated), number, says, AsExpected(), varies=False)

        with (group if treated else home()).sandbox(net=True, lo=True) as box:
            read = netcount.first_that_works(_ways(box, major, minor))
            seen = _send(box, treated, packets, "classid", f"with class {major:x}:{minor:x}", read, look)
        note(seen, group)
    return seen


def _ways(box: Sandbox, major: int, minor: int) -> list[Callable[[], netcount.Read]]:
    return [
        lambda: netcount.by_nft(box, "output", PORT, f"meta cgroup {major << 16 | minor:#010x}"),
        lambda: netcount.by_tc(box, major, minor),
    ]


def _v2(treated: bool, *, packets: int) -> Seen:
    # Any cgroup of v2 will do: freezer is a part of all of them there.
    with Cgroup("freezer", version=2) as group:
        directory, point = group.path("freezer").rstrip("/"), where("freezer", 2).point
        if not directory.startswith(NFT_ROOT):
            raise Unsupported("nft's match by cgroup", f"it looks below {NFT_ROOT}, and v2 is mounted elsewhere",
                              "use the VM: vagrant up")  # fmt: skip
        own = directory.removeprefix(point)
        match = f'socket cgroupv2 level {own.count("/")} "{directory.removeprefix(NFT_ROOT)}"'

        def look(pid: int) -> Reading:
            return Reading("where", "the sender's cgroup", _asked(treated), own, _path(pid, ""), AsExpected())

        with (group if treated else home()).sandbox(net=True, lo=True) as box:
            read = netcount.by_nft(box, "output", PORT, match)
            seen = _send(box, treated, packets, "v2", "of a cgroup of v2", read, look)
    return seen


def _by_hand(major: int, minor: int, packets: int) -> dict[str, str]:
    return {
        "handle": f"{major:x}:{minor:x}",
        "major": f"{major:x}",
        "hex": f"{major << 16 | minor:#010x}",
        "number": str(major << 16 | minor),
        "packets": str(packets),
    }


PARTS = (
    Part("classid", "packets carry the class of their group (v1)", _classid),
    Part("v2", "in v2 a rule names the cgroup itself", _v2),
)
