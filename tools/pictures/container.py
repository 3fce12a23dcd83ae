"""The pictures of lessons 19 and 20."""

from __future__ import annotations

from tools.pictures.draw import NORMAL, SMALL, Picture, picture


@picture("19-parts", "A container from its parts", 620)
def parts(p: Picture) -> None:
    """Two boxes: the machine and, in it, the container. On the machine is the program, which starts the container's
    init, and a second process that cleans up when the program is killed. In the container are init and the command.
    Around them stand what it has of its own: names, pids, root and layers, network, ids; limits and privileges.
    """
    p.box(40, 90, 880, 500, "blue", "the machine")
    p.process(200, 180, "the program", 240)
    p.process(200, 530, "a second one", 240)
    p.text(200, 440, "cleans up", SMALL)
    p.text(200, 474, "after a kill -9", SMALL)
    p.box(380, 130, 510, 440, "orange", "the container")
    p.process(490, 222, "init", 140)
    p.process(730, 222, "the command", 240)
    rows = [
        ("2", "names"),
        ("3", "pids, /proc"),
        ("4 5", "root, layers"),
        ("6", "network"),
        ("7", "ids"),
        ("10", "init"),
    ]
    for i, (step, words) in enumerate(rows):
        x, y = 420 + 240 * (i % 2), 300 + 58 * (i // 2)
        p.text(x, y, step, NORMAL, "orange", bold=True, anchor="start")
        p.text(x + 54, y, words, SMALL, anchor="start")
    p.text(420, 474, "8", NORMAL, "orange", bold=True, anchor="start")
    p.text(474, 474, "limits", SMALL, anchor="start")
    p.text(420, 530, "9", NORMAL, "orange", bold=True, anchor="start")
    p.text(474, 530, "capabilities, a filter", SMALL, anchor="start")


@picture("20-runtimes", "Who makes a container", 560)
def runtimes(p: Picture) -> None:
    """On the left podman and containerd write a bundle, which has a config.json and a rootfs. Each of runc, crun and
    nslab reads it and asks the kernel below for namespaces, mounts, limits, capabilities and a filter. Compare, on the
    left, asks the same kernel what a process has of them, whoever started it.
    """
    for y, who in ((140, "podman"), (226, "containerd")):
        p.process(160, y, who, 230)
    p.arrow(280, 140, 346, 160)
    p.arrow(280, 226, 346, 206)
    p.text(312, 266, "write", SMALL)
    p.box(350, 96, 270, 210, "orange", "a bundle")
    p.chip(485, 182, "config.json", 220)
    p.chip(485, 252, "rootfs", 220)
    for y, who in ((130, "runc"), (208, "crun"), (286, "nslab")):
        p.process(820, y, who, 180)
    for y in (130, 208, 286):
        p.arrow(624, 200 + (y - 208) / 4, 726, y)
    p.process(160, 334, "compare", 230)
    p.box(40, 408, 880, 122, "blue", "the kernel")
    p.arrow(820, 320, 820, 404)
    p.arrow(160, 404, 160, 368)
    for x, words in ((136, "namespaces"), (300, "mounts"), (430, "limits"), (600, "capabilities"), (790, "a filter")):
        p.text(x, 492, words, SMALL)
