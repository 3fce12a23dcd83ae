"""The picture of lesson 19."""

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
