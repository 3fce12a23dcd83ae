"""How many levels of pid namespaces are left below one that is some levels deep (pid_namespaces(7): 32)."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping

from nslab.course.checking.exercise import Exercise
from nslab.course.checking.numbers import compared
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.lab.client.place import Place
from nslab.linux import ns, process
from nslab.linux.flags import CloneFlag
from nslab.linux.forked import Tell, telling

NUMBER = ("Answer with a whole number.",)
RECKON = (
    "How many levels there are at most is in lesson 04. How many of them lie above `inner`, and is it one itself?",
    "A process has a number in each level from its own up to the host's: NSpid in /proc/PID/status. The host's is no "
    "level of the 32.",
    "32, less the numbers in NSpid, and 1 more since the first of them is the host's. Try it: unshare --pid --fork, in "
    "itself, until it is refused.",
)


class Task(Exercise):
    """The check makes levels below the sandbox until the kernel refuses: also right where the host is a container."""

    lesson = "04"
    place = 4
    kind = "reckon"
    answer = "a number of levels"
    measures = True
    namespaces = ("pid",)

    def scene(self, stage: Stage) -> None:
        place: Place | None = None
        for level in range(stage.draw.randint(2, 9)):
            place = stage.sandbox(f"outer-{level + 1}", parent=place, pid=True, told=False)
        stage.sandbox("inner", parent=place, pid=True)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {"inner": scene.pid("inner")}

    def check(self, scene: Scene) -> Iterator[Finding]:
        looked = f"levels that the kernel makes below {self.name}.inner, until it says ENOSPC"
        if not scene.answer.isdecimal():
            yield Finding("number", "your answer", "a number of levels", scene.answer, False, NUMBER)
            return
        said = int(scene.answer)
        right, told = compared(said, levels_left(scene.pid("inner")))
        yield Finding("levels", looked, f"{said}, as you said", told, right, RECKON)


def levels_left(pid: int) -> int:
    """How many pid namespaces the kernel makes below that of a process, each inside the one before."""
    flags, target = CloneFlag.CLONE_NEWPID, ns.pidfd_open(pid)
    if not process.has_capability(process.CAP_SYS_ADMIN):
        flags |= CloneFlag.CLONE_NEWUSER

    def descend(tell: Tell) -> None:
        ns.setns(target, int(flags))
        _in_a_child(lambda: _make(tell, 0))

    try:
        child, made = telling(descend)
        os.waitpid(child, 0)
        return int(made)
    finally:
        os.close(target)


def _make(tell: Tell, made: int) -> None:
    try:
        ns.unshare(CloneFlag.CLONE_NEWPID)
    except OSError as e:
        if e.errno != errno.ENOSPC:
            raise
        tell(made)
        return
    _in_a_child(lambda: _make(tell, made + 1))


def _in_a_child(function: Callable[[], None]) -> None:
    """The namespace that was made or joined is the children's, and not the caller's."""
    child = process.fork()
    if child == 0:
        try:
            function()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
