"""A filter of system calls as a file of instructions, tried by the kernel (seccomp(2), "Filters")."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import arch, capsets, filters, seccomp
from nslab.linux.forked import Tell, telling

CALLS = ("mount", "perf_event_open", "pidfd_open", "setns", "umount2", "unshare")
ANSWERS = ("EPERM", "EACCES", "ENOSYS")
LONGEST = 4096 * 8
"""Bytes of the longest filter that the kernel takes: BPF_MAXINSNS instructions."""
NOTHING = (
    "Write the file first; inside the sandbox it is /mnt/filter.",
    "From outside it is /proc/PID/root/mnt/filter, where PID is the sandbox's first process.",
    "nslab.linux.filters.program({call: answer}) makes the instructions, and so does seccomp_export_bpf(3).",
)
TAKEN = (
    "The kernel takes a whole number of instructions of 8 bytes each, of which every way ends with a return.",
    "Lesson 17 writes one by hand: load, compare, return. struct.pack('HBBI', …) is one instruction.",
)
CALL = (
    "What does the process hear that makes the call? The action is the value of the return that is reached.",
    "An errno is SECCOMP_RET_ERRNO (0x00050000) and the number of the errno.",
)
OTHERS = (
    "It refuses more than it should. What is the last instruction's answer, for everything that was not compared?",
    "SECCOMP_RET_ALLOW is 0x7fff0000.",
)


class Task(Exercise):
    """The check installs the filter in a child of its own, and makes calls there that change nothing."""

    lesson = "17"
    place = 2
    namespaces = ("mnt",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        call, other = draw.sample(CALLS, 2)
        says, otherwise = draw.sample(ANSWERS, 2)
        return {"call": call, "other": other, "says": says, "otherwise": otherwise}

    def scene(self, stage: Stage) -> None:
        stage.run(stage.sandbox("room", mnt=True), "mount -t tmpfs -o size=1m room /mnt")

    def forms(self, scene: Scene) -> Mapping[str, object]:
        says = int(getattr(errno, str(scene.values["says"])))
        numbers = {"number": arch.number(str(scene.values["call"])), "arch": filters.architecture(), "errno": says}
        return {"file": _file(scene), **numbers}

    def check(self, scene: Scene) -> Iterator[Finding]:
        call, says = str(scene.values["call"]), str(scene.values["says"])
        try:
            with open(_file(scene), "rb") as file:
                code = file.read(LONGEST + 1)
        except FileNotFoundError:
            raise NotBegun("/mnt/filter in the sandbox", "a file", "none", *NOTHING) from None
        installed, said, refused = _tried(code, call)
        yield Finding("taken", "what seccomp(2) says to the file", "ok", installed, installed == "ok", TAKEN)
        if installed == "ok":
            yield Finding("call", f"what {call}() hears", says, said, said == says, CALL)
            others = ", ".join(refused) or "none"
            yield Finding("others", "other calls that are refused", "none", others, not refused, OTHERS)


def _file(scene: Scene) -> str:
    return f"/proc/{scene.pid('room')}/root/mnt/filter"


def _tried(code: bytes, call: str) -> tuple[str, str, list[str]]:
    """What the kernel says to the filter, what the call hears below it, and which others are refused."""

    def ask(tell: Tell) -> None:
        capsets.set_no_new_privs()
        try:
            if not code or len(code) % 8:
                raise OSError(errno.EINVAL, "no whole number of instructions")
            filters.install(code)
        except OSError as e:
            tell((errno.errorcode.get(e.errno or 0, str(e.errno)), "", []))
            return
        refused = [each for each in CALLS if each != call and seccomp.answer(each)]
        tell(("ok", seccomp.answer(call) or "the kernel's own answer", refused))

    # The numbers are looked up before there is a filter that might refuse what tells the architecture.
    for each in CALLS:
        arch.number(each)
    try:
        child, told = telling(ask)
    except ChildProcessError:
        return "ok", "nothing: the process was ended, or could not say it", []
    os.waitpid(child, 0)
    installed, said, refused = told
    return installed, said, refused
