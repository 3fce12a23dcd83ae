"""For which call a filter ends a process (seccomp(2), SECCOMP_RET_KILL_PROCESS)."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping

from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import arch, capsets, filters, process, seccomp

CALLS = tuple(sorted(seccomp.PROBES))
NO_SUCH = ("Answer with one of the names that are given, such as setns.",)
ANOTHER = (
    "A filter compares numbers, and the names of calls are for people. Which numbers does it compare with?",
    "od -A d -t x4 -w8 shows an instruction a line: the code at the left, a value at the right. Code 0x15 is jeq.",
    "The first jeq is about the architecture, the second about the call: look for that number among those given.",
)


class Task(Exercise):
    """The call is drawn for the scene; the check puts the filter on a child, which makes the call that was named."""

    lesson = "17"
    place = 3
    kind = "find"
    answer = "the name of a system call"
    namespaces = ("mnt",)

    def scene(self, stage: Stage) -> None:
        room = stage.sandbox("room", mnt=True)
        stage.run(room, "mount -t tmpfs -o size=1m room /mnt")
        with open(f"/proc/{room.pid}/root/mnt/filter", "wb") as file:
            file.write(filters.one_call(stage.draw.choice(CALLS), filters.number_of("kill")))
        stage.give("calls that it may be, with their numbers here: " + _numbers())

    def forms(self, scene: Scene) -> Mapping[str, object]:
        spared = [name for name in CALLS if not _ends(_file(scene), name)]
        return {"file": _file(scene), "numbers": _numbers().replace(", ", "\n"), "spared": spared[0],
                "last": spared[-1]}  # fmt: skip

    def check(self, scene: Scene) -> Iterator[Finding]:
        name = scene.answer.strip().removesuffix("()")
        if name not in CALLS:
            looked = "the call that you named"
            yield Finding("name", looked, f"one of {', '.join(CALLS)}", scene.answer, False, NO_SUCH)
            return
        ended = _ends(_file(scene), name)
        yield Finding("ends", f"a process under the filter that calls {name}()", "ended by SIGSYS",
                      "ended by SIGSYS" if ended else "goes on", ended, ANOTHER)  # fmt: skip


def _numbers() -> str:
    return ", ".join(f"{name} {arch.number(name)}" for name in CALLS)


def _file(scene: Scene) -> str:
    return f"/proc/{scene.pid('room')}/root/mnt/filter"


def _ends(file: str, name: str) -> bool:
    """Whether the filter ends a child that makes this call, with arguments that change nothing."""
    with open(file, "rb") as opened:
        code = opened.read()
    child = process.fork()
    if child == 0:
        try:
            capsets.set_no_new_privs()
            filters.install(code)
            seccomp.answer(name)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == -signal.SIGSYS
