"""Three queues with one key, in three IPC namespaces, one of which fills up (sysvipc(7), ipcs(1))."""

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

ROLES = ("north", "south", "west")
NO_NUMBER = ("Answer with a whole number, such as 12.",)
NOT_THERE = ("Somebody has removed it, and its orders are gone: nslab reset ipc-backlog",)
BYTES = (
    "ipcs -q has two numbers for each queue: the bytes that it holds, and something else.",
    "One order is one message: the last column of ipcs -q.",
)
ALL = (
    "Each branch has a queue of its own, with the same key. Only one of them is stuck.",
    "Look at one branch at a time: which number of messages is far larger than the others?",
)
ANOTHER: tuple[str, ...] = (
    "The host's table has none of these queues. Where is the table of each branch?",
    "ipcs -q lists the message queues of the IPC namespace in which it runs. nslab enter NAME COMMAND runs it in one.",
    "for s in north south west; do nslab enter ipc-backlog.$s ipcs -q; done: the largest number of messages.",
)


class Task(Exercise):
    """Which one is stuck, and how far, is drawn; the check reads the queues as they are now."""

    lesson = "03"
    place = 2
    kind = "find"
    answer = "a number of messages"
    namespaces = ("ipc",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        key = draw.randint(10_000, 99_999)
        return {"key": key, "hex": f"{key:08x}"}

    def scene(self, stage: Stage) -> None:
        key, size = int(stage.values["key"]), stage.draw.randint(20, 90)
        waiting = [stage.draw.randint(25, 99), *stage.draw.sample(range(2, 9), 2)]
        stage.draw.shuffle(waiting)
        for role, count in zip(ROLES, waiting, strict=True):
            stage.sandbox(role, ipc=True).call(fill, key, count, size)

    def check(self, scene: Scene) -> Iterator[Finding]:
        key = int(scene.values["key"])
        queues = {}
        for role in ROLES:
            there = [each for each in look.sysvipc(scene.pid(role), "msg") if each["key"] == key]
            if not there:
                yield Finding("there", f"the queue of {role}", f"one with the key {key}", "none", False, NOT_THERE)
                return
            queues[role] = there[0]
        if not scene.answer.isdecimal():
            yield Finding("number", "your answer", "a whole number", scene.answer, False, NO_NUMBER)
            return
        answered, waiting = int(scene.answer), {role: each["qnum"] for role, each in queues.items()}
        stuck = max(waiting, key=lambda role: waiting[role])
        right, found = compared(answered, waiting[stuck])
        looked, wanted = "/proc/sysvipc/msg of the three", f"{answered} messages in the queue that is stuck"
        hints = ANOTHER
        if not right and answered == queues[stuck]["cbytes"]:
            found, hints = "so many bytes", BYTES
        elif not right and answered == sum(waiting.values()):
            found, hints = "so many in all three together", ALL
        yield Finding("waiting", looked, wanted, found, right, hints)


def fill(key: int, count: int, size: int) -> None:
    """Make a queue with this key, and so many messages in it."""
    queue = sysv.get("msg", key, create=True)
    for _ in range(count):
        sysv.send(queue, size)
