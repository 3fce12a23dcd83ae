"""The subsystem net_cls: a number on the packets of a group, by which tc(8) and nft(8) tell them apart.

Source: Documentation/admin-guide/cgroup-v1/net_cls.rst, nft(8) ("meta cgroup", "socket cgroupv2"), tc-cgroup(8).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nslab.cgroups import measure, netcount, netload
from nslab.cgroups.experiment import Part, Seen, run
from nslab.cgroups.group import Cgroup
from nslab.cgroups.where import home, where
from nslab.errors import Unsupported, checked_whole
from nslab.evidence import AS_EXPECTED, Evidence, Reading
from nslab.lab.sandbox import Sandbox
from nslab.samples import Chart, Series

CLAIM = "Packets carry the class of the group whose process sent them, so that rules can tell them apart."
SECONDS, EVERY = 1.0, 0.1
PORT = 4000
"""In a network namespace of one's own any port is free."""
NFT_ROOT = "/sys/fs/cgroup/"
"""Where nft(8) takes the paths of cgroups of v2 from."""


def demo(classid: int | str = "10:1", packets: int = 100, only: str | Sequence[str] | None = None) -> Evidence:
    """Send packets in a sandbox from inside a group with a class, and from beside it, and count those of the class.

    `classid`: a handle as tc(8) writes it, two hexadecimal numbers from 1 to ffff such as "10:1", or the same as one
    number, 0x00100001; `packets`: how many are sent within a second, 10 to 1000; `only`: the names of PARTS to run.
    Raises TypeError and ValueError for other values, `nslab.Unsupported` (v1's net_cls asks for root). Source:
    net_cls.rst.
    """
    major, minor = checked_classid("classid", classid)
    options = {"major": major, "minor": minor, "packets": checked_whole("packets", packets, 10, 1000)}
    return run("net_cls", CLAIM, PARTS, only, options, _by_hand(options))


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


def _count(box: Sandbox, options: Mapping[str, Any], read: netcount.Read) -> tuple[netcount.Packets, measure.Points]:
    """Send in the sandbox; return what was counted in the end, and the packets of the class on the way there."""
    with measure.running([(box, netload.send, (PORT, options["packets"], SECONDS))]) as (sender,):
        points = measure.sample({"of the class": lambda: read().marked}, SECONDS, EVERY)["of the class"]
        measure.report(sender)
        return read(), points


def _seen(limited: bool, options: Mapping[str, Any], name: str, counted: netcount.Packets,
          points: measure.Points) -> Seen:  # fmt: skip
    sent = options["packets"]
    asked = "the sender is inside" if limited else "the sender is outside"
    return Seen(
        rows=[
            Reading(f"packets {name}", asked, sent, counted.marked, AS_EXPECTED, varies=False),
            Reading("packets in all", asked, sent, counted.all, AS_EXPECTED, decisive=False, varies=False),
        ],
        chart=Chart(f"counted {name}", "packets",
                    (Series("of the class", points, ((0.0, 0.0), (SECONDS, float(sent)))),)),
    )  # fmt: skip


def _classid(limited: bool, options: Mapping[str, Any]) -> Seen:
    major, minor = options["major"], options["minor"]
    number = major << 16 | minor
    netcount.check_root("net_cls")
    with Cgroup("net_cls") as group:
        group.write("net_cls", [("net_cls.classid", f"{number:#010x}")])
        with (group if limited else home()).sandbox(net=True, lo=True) as box:
            read = netcount.first_that_works(_ways(box, major, minor))
            seen = _seen(limited, options, f"with class {major:x}:{minor:x}", *_count(box, options, read))
        shown = int(group.read("net_cls", "net_cls.classid"))
        seen.rows.append(
            Reading("net_cls.classid says", f"{number:#010x}", number, shown, AS_EXPECTED, decisive=False, varies=False)
        )  # fmt: skip
        seen.note(group)
    return seen


def _ways(box: Sandbox, major: int, minor: int) -> list[Callable[[], netcount.Read]]:
    return [
        lambda: netcount.by_nft(box, "output", PORT, f"meta cgroup {major << 16 | minor:#010x}"),
        lambda: netcount.by_tc(box, major, minor),
    ]


def _v2(limited: bool, options: Mapping[str, Any]) -> Seen:
    # Any cgroup of v2 will do: freezer is a part of all of them there.
    with Cgroup("freezer", version=2) as group:
        directory, point = group.path("freezer").rstrip("/"), where("freezer", 2).point
        if not directory.startswith(NFT_ROOT):
            raise Unsupported("nft's match by cgroup", f"it looks below {NFT_ROOT}, and v2 is mounted elsewhere",
                              "use the VM: vagrant up")  # fmt: skip
        level = directory.removeprefix(point).count("/")
        match = f'socket cgroupv2 level {level} "{directory.removeprefix(NFT_ROOT)}"'
        with (group if limited else home()).sandbox(net=True, lo=True) as box:
            read = netcount.by_nft(box, "output", PORT, match)
            seen = _seen(limited, options, "of a cgroup of v2", *_count(box, options, read))
    return seen


def _by_hand(options: Mapping[str, Any]) -> dict[str, str]:
    major, minor = options["major"], options["minor"]
    return {
        "handle": f"{major:x}:{minor:x}",
        "major": f"{major:x}",
        "hex": f"{major << 16 | minor:#010x}",
        "number": str(major << 16 | minor),
        "packets": str(options["packets"]),
    }


PARTS = (
    Part("classid", "packets carry the class of their group (v1)", _classid),
    Part("v2", "in v2 a rule names the cgroup itself", _v2),
)
