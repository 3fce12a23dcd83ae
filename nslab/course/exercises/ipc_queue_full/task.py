"""How many messages a queue takes: the limit on its bytes, of this IPC namespace (msgget(2), msgsnd(2), sysvipc(7))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.numbers import compared
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import sysv

USUAL = 16384
"""Bytes that a queue takes in a new namespace (MSGMNB); the check asks the kernel, and does not count on it."""
TYPE = 8
"""Bytes of the type of a message, which stands before its text."""
IPC_PRIVATE = 0
NO_NUMBER = ("Answer with a whole number, such as 12.",)
TOO_FEW = (
    "More than that fit. Which limit have you taken? ipcs -l -q lists three, and one is for a single message.",
    "msgsnd(2) counts the bytes of the texts: the type of a message is no part of its text.",
    "The size of a queue is kernel.msgmnb, in bytes. How many whole orders are that?",
)
TOO_MANY = (
    "A queue has a limit in bytes. ipcs -l -q lists it, and /proc/sys/kernel has a file for it.",
    "An order that does not fit as a whole does not go in at all.",
    "Divide kernel.msgmnb, as it is in shop, by the size of an order, and leave the rest out.",
)


class Task(Exercise):
    """The size is drawn so that whoever counts the type, too, or rounds up, comes to another number."""

    lesson = "03"
    place = 3
    kind = "reckon"
    answer = "a number of messages"
    namespaces = ("ipc",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        sizes = [n for n in range(150, 900) if USUAL // n != USUAL // (n + TYPE) and USUAL % n]
        return {"size": draw.choice(sizes)}

    def scene(self, stage: Stage) -> None:
        stage.sandbox("shop", ipc=True)

    def check(self, scene: Scene) -> Iterator[Finding]:
        if not scene.answer.isdecimal():
            yield Finding("number", "your answer", "a whole number", scene.answer, False, NO_NUMBER)
            return
        answered, size = int(scene.answer), int(scene.values["size"])
        fit = int(look.inside(scene.pid("shop"), ["ipc"], lambda: _filled(size)))
        right, told = compared(answered, fit)
        looked = f"a queue in shop, filled with messages of {size} bytes"
        yield Finding("fit", looked, f"{answered}, as you reckoned", told, right,
                      TOO_MANY if fit < answered else TOO_FEW)  # fmt: skip


def _filled(size: int) -> int:
    """How many messages a new queue takes, until msgsnd(2) says EAGAIN; the queue is removed again."""
    queue, count = sysv.get("msg", IPC_PRIVATE, create=True), 0
    try:
        while True:
            sysv.send(queue, size)
            count += 1
    except BlockingIOError:
        return count
    finally:
        sysv.remove("msg", queue)
