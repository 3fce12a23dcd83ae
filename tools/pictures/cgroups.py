"""The pictures of lessons 09 to 13."""

from __future__ import annotations

from tools.pictures.draw import NORMAL, SMALL, Picture, picture


@picture("09-four", "What cgroups are for", 460)
def four(p: Picture) -> None:
    """Four groups. Limit: a bar that ends at a line, and is not to go past it. Priority: one CPU of which the first
    group gets 75 % and the second 25 %. Accounting: a meter that says 0.6 s of CPU time. Control: three processes
    that are stopped together.
    """
    for x, y, kind in ((40, 96, "limit"), (490, 96, "priority"), (40, 276, "accounting"), (490, 276, "control")):
        p.box(x, y, 430, 160, "edge")
        p.text(x + 22, y + 34, kind, NORMAL, bold=True, anchor="start")
    p.bar(62, 176, 250, "in use", "blue")
    p.line(315, 160, 315, 240, "orange", thick=2)
    p.text(330, 204, "no more", SMALL, "orange", bold=True, anchor="start")
    p.bar(512, 176, 290, "75 %", "blue")
    p.bar(802, 176, 96, "25 %", "orange")
    p.box(62, 350, 160, 64, "blue")
    p.text(142, 382, "0.6 s", NORMAL, mono=True)
    p.text(242, 382, "of CPU time", SMALL, anchor="start")
    for x in (556, 646, 736):
        p.process(x, 382, "II", 74)
    p.text(790, 382, "stopped", SMALL, anchor="start")


@picture("09-hierarchies", "Two hierarchies, three tasks", 620)
def hierarchies(p: Picture) -> None:
    """Hierarchy A has the subsystems cpu and cpuacct. Below /cpu_cgrp are cgrp1 with 60 % of a CPU, in which are
    tasks 1 and 2, and cgrp2 with 20 %, in which is task 3. Hierarchy B has memory. Below /memory_cgrp are cgrp3
    with 256 MiB, in which is task 1, and cgrp4 with 64 MiB, in which are tasks 2 and 3.
    """
    trees = [
        ("blue", 96, 176, "A", "cpu, cpuacct", "/cpu_cgrp", ((340, "cgrp1", "60 %"), (760, "cgrp2", "20 %"))),
        ("orange", 402, 422, "B", "memory", "/memory_cgrp", ((200, "cgrp3", "256 MiB"), (620, "cgrp4", "64 MiB"))),
    ]  # fmt: skip
    links = [
        ("blue", 254, 310, ((340, 200), (340, 480), (760, 760))),
        ("orange", 422, 362, ((200, 200), (620, 480), (620, 760))),
    ]
    for colour, top, row, letter, subsystems, path, groups in trees:
        head = top + 40 if letter == "A" else top + 150
        p.box(40, top, 880, 182, colour)
        p.text(64, head, f"{letter}:", NORMAL, colour, bold=True, anchor="start")
        p.text(104, head, subsystems, NORMAL, colour, bold=True, anchor="start")
        p.text(896, head, path, NORMAL, mono=True, anchor="end")
        for x, group, limit in groups:
            p.box(x - 130, row, 260, 78, "edge")
            p.text(x - 112, row + 39, group, NORMAL, mono=True, anchor="start")
            p.text(x + 112, row + 39, limit, NORMAL, colour, bold=True, anchor="end")
    for colour, from_, to, pairs in links:
        for group, task in pairs:
            p.line(group + (task - group) * 0.35, from_, task, to, colour)
    for number, x in enumerate((200, 480, 760), 1):
        p.process(x, 336, f"task {number}", 170)


@picture("10-share", "60 and 20 are parts, not percents", 360)
def share(p: Picture) -> None:
    """One CPU as a bar. With the weights 60 and 20 cgrp1 gets 75 % of it and cgrp2 25 %: 60 parts of 80, and 20.
    Without weights each gets 50 %.
    """
    p.text(40, 152, "weights", NORMAL, anchor="start")
    p.text(40, 184, "60, 20", NORMAL, bold=True, anchor="start")
    p.bar(240, 136, 510, "cgrp1   75 %", "blue")
    p.bar(750, 136, 170, "25 %", "orange")
    p.text(40, 272, "none", NORMAL, anchor="start")
    p.bar(240, 240, 340, "cgrp1   50 %", "blue")
    p.bar(580, 240, 340, "cgrp2   50 %", "orange")


@picture("10-ceiling", "A share gives way, a ceiling stays", 460)
def ceiling(p: Picture) -> None:
    """Four bars, each one CPU. A group with a share of a quarter gets 100 % when it is alone, and 25 % when another
    group comes. A group with a ceiling of a quarter gets 25 % when it is alone, and the rest stays idle; it gets 25
    % when another group comes, which takes the rest.
    """
    p.text(40, 220, "share", NORMAL, bold=True, anchor="start")
    p.text(40, 340, "ceiling", NORMAL, bold=True, anchor="start")
    p.text(375, 130, "alone", NORMAL)
    p.text(755, 130, "with another", NORMAL)
    p.bar(210, 188, 330, "100 %", "blue")
    p.bar(210, 308, 90, "25 %", "blue")
    p.bar(300, 308, 240, "idle", "soft", empty=True)
    for y in (188, 308):
        p.bar(590, y, 90, "25 %", "blue")
        p.bar(680, y, 240, "the other", "orange")


@picture("12-limit", "At the limit", 520)
def limit(p: Picture) -> None:
    """A group whose memory is full to its limit, and a process that writes one more page. Pages of files are
    dropped, and read again later. What programs asked for goes to swap, if the group has some. Otherwise the OOM
    killer sends SIGKILL, which is status 137.
    """
    p.box(40, 108, 330, 372, "edge")
    p.line(40, 178, 370, 178, "orange", thick=2)
    p.text(205, 143, "the limit", NORMAL, "orange", bold=True)
    p.box(60, 198, 290, 116, "blue")
    p.text(205, 256, "pages of files", NORMAL)
    p.box(60, 330, 290, 130, "orange")
    p.text(205, 378, "what programs", NORMAL)
    p.text(205, 412, "asked for", NORMAL)
    ways = [
        (256, "blue", "are dropped,", "and read again later"),
        (352, "orange", "goes to swap,", "if the group has some"),
        (438, "orange", "otherwise: OOM killer", "SIGKILL, status 137"),
    ]
    for y, colour, what, then in ways:
        p.arrow(354, y, 500, y, colour)
        p.text(520, y - 17, what, NORMAL, colour, bold=True, anchor="start")
        p.text(520, y + 17, then, NORMAL, anchor="start")
    p.process(700, 143, "writes one more page", 360)
    p.arrow(518, 143, 376, 143)


@picture("13-disk", "From write() to the disk", 520)
def disk(p: Picture) -> None:
    """Two ways. A plain write() goes to the page cache in memory and returns at once; the kernel writes it to the
    disk later. A write() with O_DIRECT goes past the cache, waits at the group's limit, and then goes to the disk.
    """
    p.disk(740, 150, 180, 310)
    p.text(830, 330, "disk", NORMAL, "blue", bold=True)
    p.box(400, 110, 210, 150, "blue")
    p.text(505, 150, "page cache", NORMAL, "blue", bold=True)
    p.text(505, 186, "in memory:", SMALL)
    p.text(505, 220, "done at once", SMALL)
    p.process(180, 185, "write()", 200)
    p.arrow(284, 185, 394, 185)
    p.arrow(614, 220, 734, 220)
    p.text(674, 190, "later", SMALL, "soft")
    p.process(180, 395, "write()", 200)
    p.text(180, 450, "O_DIRECT", NORMAL, mono=True)
    p.box(400, 320, 210, 150, "orange")
    p.text(505, 360, "the limit", NORMAL, "orange", bold=True)
    p.text(505, 396, "4 MiB a second:", SMALL)
    p.text(505, 430, "it waits here", SMALL)
    p.arrow(284, 395, 394, 395)
    p.arrow(614, 395, 734, 395)
