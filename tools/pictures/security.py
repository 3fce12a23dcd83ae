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
        (110, "permitted", "effective", "the kernel asks"),
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


@picture("17-filter", "A filter is asked before the kernel", 530)
def filtered(p: Picture) -> None:
    """A process makes a call, which comes to a filter first. The filter has four answers: allow leads on to the kernel;
    errno goes back to the process; kill ends the process with SIGSYS; notify leads to a supervisor, who answers.
    """
    p.process(150, 230, "process", 190)
    p.box(340, 110, 240, 380, "orange", "filter")
    p.arrow(250, 214, 336, 214)
    p.text(292, 182, "call", SMALL)
    for y, words in ((190, "allow"), (262, "errno"), (344, "kill"), (436, "notify")):
        p.text(460, y, words, NORMAL, bold=True)
    p.arrow(336, 250, 250, 250)
    p.arrow(336, 350, 176, 266)
    p.text(190, 344, "SIGSYS", NORMAL, mono=True)
    p.box(700, 130, 220, 116, "blue", "kernel")
    p.arrow(584, 190, 696, 190)
    p.box(700, 376, 220, 116, "edge", "supervisor")
    p.arrow(584, 436, 696, 436)
    p.text(810, 452, "answers", SMALL)
