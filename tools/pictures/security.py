"""Pictures of what a process may ask of the kernel."""

from __future__ import annotations

from tools.pictures.draw import NORMAL, SMALL, Picture, picture


@picture("16-sets", "Five sets, and what execve() makes of them", 550)
def sets(p: Picture) -> None:
    """On the left two sets of a process, each with one in it: permitted with effective, which the kernel asks for, and
    inheritable with ambient. In the middle the bounding set. On the right the program after execve(): through the
    bounding set uid 0 gets all of it, and anybody what the file has, which is none with no_new_privs. Past the bounding
    set, anybody gets what is ambient.
    """
    for y, outer, inner, about in (
        (110, "permitted", "effective", "is asked for"),
        (320, "inheritable", "ambient", ""),
    ):
        p.box(40, y, 320, 190, "blue", outer)
        p.box(70, y + 64, 260, 104, "orange" if about else "edge")
        p.text(200, y + (100 if about else 116), inner, NORMAL, "orange" if about else "ink", bold=True)
        if about:
            p.text(200, y + 138, about, SMALL)
    p.box(410, 110, 186, 280, "edge", "bounding")
    p.box(660, 110, 260, 400, "orange", "after execve()")
    whose = ((200, "uid 0", "all of it"), (316, "a file's", "no_new_privs: none"), (436, "anybody", "what is ambient"))
    for y, who, what in whose:
        p.arrow(602 if y < 400 else 336, y, 656, y)
        p.text(790, y - 6, who, NORMAL, bold=True)
        p.text(790, y + 32, what, SMALL)
