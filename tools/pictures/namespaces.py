"""The pictures of lessons 00 to 07."""

from __future__ import annotations

from tools.pictures.draw import LARGE, NORMAL, SMALL, Picture, picture


@picture("00-process", "A process is in eight namespaces", 470)
def process(p: Picture) -> None:
    """A process in the middle, and a line from it to each of eight namespaces: uts, the host name; ipc, message
    queues and shared memory; pid, process numbers; net, the network; mnt, the mounts; user, user ids; cgroup, the
    root of the cgroups; time, the clocks.
    """
    types = [("uts", "host name"), ("ipc", "messages"), ("pid", "processes"), ("net", "network"),
             ("mnt", "mounts"), ("user", "user ids"), ("cgroup", "cgroups"), ("time", "clocks")]  # fmt: skip
    for i, (name, what) in enumerate(types):
        x, above = 40 + i % 4 * 226, i < 4
        y = 100 if above else 340
        p.line(420 + i % 4 * 40, 265, x + 101, y + 96 if above else y, "blue")
        p.box(x, y, 202, 96, "blue")
        p.text(x + 101, y + 32, name, 28, "blue", bold=True, mono=True)
        p.text(x + 101, y + 68, what, SMALL)
    p.process(480, 268, "a process", 230)


@picture("00-evidence", "How to read the evidence", 560)
def evidence(p: Picture) -> None:
    """Two tables. In the first, with the flag, the host name is my-host before, web-1 inside and my-host after: a
    tick, since this is what the row claims. In the second, the control without the flag, it is stand-in before,
    web-1 inside and web-1 after: a bold no, since it is not so without the flag. On top stands holds, which is
    computed from both.
    """
    p.box(570, 34, 170, 50, "blue")
    p.text(655, 59, "✓ holds", NORMAL, "blue", bold=True)
    p.text(760, 59, "is computed", SMALL, "soft", anchor="start")
    tables = [
        (108, "blue", "with the flag", ("host before", "inside", "host after"), ("my-host", "web-1", "my-host"), "✓",
         "as the row claims"),
        (336, "orange", "the control: without it", ("before", "inside", "after"), ("stand-in", "web-1", "web-1"), "no",
         "so it was the flag"),
    ]  # fmt: skip
    for y, colour, label, heads, values, mark, why in tables:
        p.box(40, y, 880, 196, colour)
        p.text(64, y + 32, label, NORMAL, colour, bold=True, anchor="start")
        p.text(64, y + 132, "hostname", 24, mono=True, anchor="start")
        for x, head, value in zip((290, 450, 620), heads, values, strict=True):
            p.text(x, y + 82, head, SMALL, "soft")
            p.text(x, y + 132, value, 24, mono=True, bold=value == "web-1")
        p.text(800, y + 100, mark, 40, colour, bold=True)
        p.text(800, y + 156, why, SMALL)


@picture("01-fork-clone", "The same call, without and with a flag", 480)
def fork_and_clone(p: Picture) -> None:
    """Left: fork(). A parent and its child, both with a line to the same eight namespaces. Right:
    clone(CLONE_NEWUTS). The child shares seven of the parent's eight namespaces and has one of its own, uts.
    """
    for x, label in ((40, "fork()"), (490, "clone(CLONE_NEWUTS)")):
        p.box(x, 100, 430, 340, "edge", label, mono=True)
        p.process(x + 110, 200, "parent", 150)
        p.process(x + 320, 200, "child", 150)
        p.arrow(x + 188, 200, x + 242, 200)
    p.line(150, 232, 150, 310, "blue")
    p.line(360, 232, 360, 310, "blue")
    p.box(70, 310, 370, 100, "blue")
    p.text(255, 342, "8 namespaces", NORMAL, "blue", bold=True)
    p.text(255, 378, "shared", SMALL)
    p.line(600, 232, 600, 310, "blue")
    p.line(770, 230, 670, 310, "blue")
    p.line(815, 232, 815, 310, "orange")
    p.text(742, 282, "7", NORMAL, "blue", bold=True)
    p.text(840, 272, "1", NORMAL, "orange", bold=True)
    p.box(510, 310, 200, 100, "blue")
    p.text(610, 342, "8 of the", SMALL)
    p.text(610, 378, "parent", SMALL)
    p.box(730, 310, 170, 100, "orange")
    p.text(815, 342, "uts", 28, "orange", bold=True, mono=True)
    p.text(815, 378, "new", SMALL)


@picture("04-numbers", "One process, two numbers", 470)
def two_numbers(p: Picture) -> None:
    """A pid namespace inside the host's, and a process in it. Its number on the host is 4711, and inside it is 1. The
    line NSpid of its status lists both.
    """
    _numbers(p, "4711", "1")


@picture("04-levels", "One process, a number in each level", 470)
def four_numbers(p: Picture) -> None:
    """Four pid namespaces, each inside the one before, and a process in the innermost. It has a number in each, from
    the host's to its own: 4711, 42, 7, 1. The line NSpid of its status lists them all.
    """
    _numbers(p, "4711", "42", "7", "1")


def _numbers(p: Picture, *numbers: str) -> None:
    last, step = len(numbers) - 1, 490 // len(numbers)
    for i, number in enumerate(numbers):
        x, y = 40 + step * i, 96 + 14 * i
        colour = "blue" if i == 0 else "orange"
        p.box(x, y, 920 - 14 * i - x, 268 - 28 * i, colour)
        p.text(x + step / 2, 210, number, 40 if last == 1 else LARGE, colour, bold=True, mono=True)
        where = "host" if i == 0 else "inside" if last == 1 else f"level {i}"
        p.text(x + step / 2, 268, where, SMALL)
    p.process(40 + step * len(numbers) + 165, 230, "the process", 240)
    p.text(40, 416, "NSpid:", NORMAL, bold=True, mono=True, anchor="start")
    x = 170.0
    for i, number in enumerate(numbers):
        p.text(x, 416, number, NORMAL, "blue" if i == 0 else "orange", bold=True, mono=True, anchor="start")
        x += 18 * len(number) + 24
    p.text(920, 416, "in /proc/PID/status", SMALL, "soft", mono=True, anchor="end")


@picture("05-ports", "A port belongs to a network namespace", 400)
def ports(p: Picture) -> None:
    """Two network namespaces. In the host's there is an interface lo and a server on port 8080. In the new one
    there is an interface lo of its own, which is down, and a server on port 8080 as well.
    """
    for x, colour, label, lo in ((40, "blue", "the host's", "lo"), (490, "orange", "a new one", "lo, down")):
        p.box(x, 100, 430, 260, colour, label)
        p.chip(x + 215, 190, lo, 190, colour)
        p.process(x + 215, 290, "server, port 8080", 310)


@picture("05-bridge", "A wire has two ends, a bridge joins wires", 540)
def wires(p: Picture) -> None:
    """Two sandboxes with a network namespace each. From the first a veth pair goes from its eth1 to port1 on the
    host, from the second one from eth2 to port2. On the host both ports are plugged into bridge0.
    """
    for x, label, inside in ((40, "first sandbox", "eth1"), (580, "second sandbox", "eth2")):
        p.box(x, 96, 340, 134, "orange", label)
        p.line(x + 170, 226, x + 170, 386, thick=3)
        p.chip(x + 170, 230, inside, 120, "orange")
    p.text(480, 300, "veth pair", NORMAL)
    p.line(395, 300, 225, 300, "soft", dashed=True)
    p.line(565, 300, 735, 300, "soft", dashed=True)
    p.box(40, 370, 880, 130, "blue")
    p.text(64, 470, "the host", NORMAL, "blue", bold=True, anchor="start")
    p.line(210, 398, 210, 440, "blue", thick=2)
    p.line(750, 398, 750, 440, "blue", thick=2)
    p.line(210, 440, 750, 440, "blue", thick=2)
    p.chip(210, 370, "port1", 120, "blue")
    p.chip(750, 370, "port2", 120, "blue")
    p.chip(480, 440, "bridge0", 180, "blue")


@picture("06-lists", "One path, two lists of mounts", 400)
def lists(p: Picture) -> None:
    """Two lists of mounts. The host's has / and no file at /mnt. The child's is a copy of it, to which it has added
    a tmpfs on /mnt: there the file is.
    """
    for x, colour, label in ((40, "blue", "the host's list"), (550, "orange", "the child's copy")):
        p.box(x, 100, 370, 260, colour, label)
        p.chip(x + 70, 190, "/", 90, colour)
    p.text(290, 190, "disk", NORMAL)
    p.text(800, 190, "disk", NORMAL)
    p.arrow(425, 190, 535, 190)
    p.text(480, 160, "copied", SMALL, "soft")
    p.text(225, 285, "no file at /mnt", NORMAL)
    p.chip(625, 285, "/mnt", 110, "orange")
    p.text(800, 270, "tmpfs,", NORMAL)
    p.text(800, 304, "the file", NORMAL)


@picture("06-propagation", "Who hears of a new mount?", 500)
def propagation(p: Picture) -> None:
    """Four pairs of a mount on the host and its copy inside. Private: a new mount on one side is not seen on the
    other. Shared: it is seen both ways. Slave: what the host mounts is seen inside, and not the other way.
    Unbindable: as private, and it cannot be bound elsewhere.
    """
    kinds = [
        ("private", False, False, "neither"),
        ("shared", True, True, "both"),
        ("slave", True, False, "inside only"),
        ("unbindable", False, False, "neither;"),
    ]
    for i, (kind, arrives, leaves, who) in enumerate(kinds):
        x = 40 + 226 * i
        p.text(x + 101, 122, kind, NORMAL, bold=True)
        p.box(x, 152, 202, 64, "blue")
        p.text(x + 101, 184, "host", NORMAL, "blue", bold=True)
        p.arrow(x + 60, 220, x + 60, 332, blocked=not arrives)
        p.arrow(x + 142, 332, x + 142, 220, blocked=not leaves)
        p.box(x, 336, 202, 64, "orange")
        p.text(x + 101, 368, "inside", NORMAL, "orange", bold=True)
        p.text(x + 101, 430, who, SMALL)
    p.text(40 + 226 * 3 + 101, 462, "cannot be bound", SMALL)


@picture("06-jail", "chroot is no jail", 560)
def jail(p: Picture) -> None:
    """Two drawings of a jail with a directory deeper in it, and three moments of where a process has its root
    directory: 1 at first, 2 after one more chroot, 3 after it has climbed up. With chroot it is the jail,
    jail/deeper, and in the end the host's root. With pivot_root it is the jail, jail/deeper, and the jail again,
    for the old root is unmounted.
    """
    for x, label in ((40, "chroot"), (490, "pivot_root")):
        held = label == "pivot_root"
        p.text(x + 215, 122, label, NORMAL, bold=True, mono=True)
        p.box(x, 152, 430, 290, "soft" if held else "blue", dashed=held)
        p.text(x + 24, 184, "old root: unmounted" if held else "the host's /", SMALL, "soft" if held else "blue",
               bold=not held, anchor="start")  # fmt: skip
        p.box(x + 140, 212, 270, 210, "orange", "jail")
        p.box(x + 240, 286, 150, 116, "edge")
        p.text(x + 315, 312, "deeper", SMALL)
        p.arrow(x + 204, 305, x + 286, 360)
        p.number(x + 185, 290, 1)
        p.number(x + 315, 366, 2)
        if held:
            p.arrow(x + 286, 372, x + 212, 384)
            p.number(x + 185, 390, 3)
        else:
            p.arrow(x + 286, 374, x + 98, 390)
            p.number(x + 70, 390, 3, "orange")
    for x, n, what in ((64, 1, "its / at first"), (340, 2, "one more chroot"), (660, 3, "climbs up: ..")):
        p.number(x, 500, n)
        p.text(x + 40, 500, what, SMALL, anchor="start")


@picture("07-owners", "Who owns what", 450)
def owners(p: Picture) -> None:
    """Two user namespaces. The first one owns the host's name. The new one owns a name of its own. A process that
    is uid 0 in the new one may change its own name: ok. It may not change the host's: EPERM.
    """
    p.box(40, 100, 370, 310, "blue", "first user namespace")
    p.box(550, 100, 370, 310, "orange", "new user namespace")
    for x, colour, whose in ((85, "blue", "the host's"), (595, "orange", "one's own")):
        p.box(x, 270, 280, 110, colour)
        p.text(x + 140, 306, "host name,", NORMAL)
        p.text(x + 140, 344, whose, NORMAL, bold=True)
    p.process(735, 190, "uid 0", 160)
    p.arrow(735, 224, 735, 266)
    p.text(775, 246, "ok", NORMAL, "orange", bold=True, anchor="start")
    p.arrow(650, 196, 372, 290, blocked=True)
    p.text(480, 190, "EPERM", NORMAL, bold=True, mono=True)


@picture("07-uid-map", "The table that translates", 520)
def uid_map(p: Picture) -> None:
    """In the middle the table uid_map with one line: 0 1000 1, which is first inside, first outside, how many. So
    uid 1000 outside is uid 0 inside. Every other uid outside is in no line, and is seen inside as 65534, nobody.
    """
    p.box(40, 100, 250, 380, "orange", "inside")
    p.box(670, 100, 250, 380, "blue", "outside")
    p.chip(165, 220, "0", 170, "orange", LARGE)
    p.text(165, 270, "root", SMALL)
    p.chip(165, 390, "65534", 170, "orange", LARGE)
    p.text(165, 440, "nobody", SMALL)
    p.chip(795, 220, "1000", 170, "blue", LARGE)
    p.text(795, 270, "you", SMALL)
    p.chip(795, 390, "any", 170, "blue", LARGE)
    p.text(795, 440, "other", SMALL)
    p.text(480, 126, "uid_map", NORMAL, bold=True, mono=True)
    p.arrow(706, 220, 616, 220)
    p.arrow(344, 220, 256, 220)
    p.chip(480, 220, "0  1000  1", 262, "ink", 30)
    p.text(480, 276, "inside, outside, how many", SMALL, "soft")
    p.arrow(706, 390, 256, 390)
    p.text(480, 362, "in no line", SMALL, "soft")
