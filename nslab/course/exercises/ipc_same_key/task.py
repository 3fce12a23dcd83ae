"""Two message queues with one key (ipc_namespaces(7), msgget(2))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.linux import sysv

NOTHING = (
    "A key is looked up in a table. What does a process need, to have a table of its own?",
    "CLONE_NEWIPC gives it one. A queue goes with its namespace, so a process has to stay in there while you check.",
    "One of the two: nslab.Sandbox(ipc=True) in a variable, and on it .call(sysv.get, 'msg', KEY, create=True).",
)
ONE = (
    "One IPC namespace has a queue with that key. There cannot be a second in the same one.",
    "The other run needs another IPC namespace, in which a process lives while you check.",
    "Do once more what you have done, with a second nslab.Sandbox or a second unshare --ipc.",
)
MACHINE = (
    "The machine's own table has that key now: the program was run outside.",
    "ipcrm -Q KEY removes a queue by its key. Then make it inside a new IPC namespace.",
)


class Task(Exercise):
    """The check looks for the key in all IPC namespaces in which a process lives."""

    lesson = "03"
    place = 1
    namespaces = ("ipc",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        key = draw.randint(10_000, 99_999)
        return {"key": key, "hex": f"{key:08x}"}

    def check(self, scene: Scene) -> Iterator[Finding]:
        key = int(scene.values["key"])
        having = [queues for queues in look.in_others("ipc", lambda: sysv.table("msg")).values() if _has(queues, key)]
        on_machine = _has(sysv.table("msg"), key)
        looked = "the IPC namespaces other than the machine's"
        if not having and not on_machine:
            raise NotBegun(looked, f"two with a message queue of the key {key}", "none with one", *NOTHING)
        found = "one with that key" if on_machine else "none with that key"
        yield Finding(
            "machine", "the machine's own message queues", "none with that key", found, not on_machine, MACHINE
        )
        yield Finding("two", looked, f"two with a message queue of the key {key}", f"{len(having)} with one",
                      len(having) >= 2, ONE)  # fmt: skip


def _has(queues: list[dict[str, int]], key: int) -> bool:
    return any(queue["key"] == key for queue in queues)
