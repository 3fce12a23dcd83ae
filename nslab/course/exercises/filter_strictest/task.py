"""Which of several filters is heard: the strictest, and of equally strict ones the one put on last (seccomp(2))."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.linux import capsets, filters
from nslab.linux.forked import Tell, telling

CALL = "uname"
LOW, MIDDLE, HIGH = (errno.EPERM, errno.ENOENT, errno.EIO), (errno.EACCES, errno.EBUSY), (errno.ENOSYS, errno.EINVAL)
PLACES = ("first", "second", "third", "fourth", "fifth")
NO_NUMBER = ("Answer with a number: that of an errno, such as 7 for E2BIG, or 0.",)
IT_FAILS = (
    "Is a later filter heard in place of an earlier one, or are all of them asked?",
    "All are asked, and the strictest action counts: an errno is stricter than log and allow, wherever they stand.",
)
ANOTHER = (
    "All are asked, and the strictest action counts. Three of them are equally strict.",
    "Of equally strict ones it is neither the largest number nor the smallest that counts: the order does.",
    "The kernel asks the filter that was put on last first, and keeps the first of the strictest answers.",
)


class Task(Exercise):
    """Three errnos, of which the last one is neither the largest nor the smallest; what comes last of all allows."""

    lesson = "17"
    place = 4
    kind = "reckon"
    answer = "the number of an errno"

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        order = [f"errno {draw.choice(those)}" for those in (HIGH, LOW, MIDDLE)]
        order.insert(draw.randrange(len(order)), "allow")
        return dict(zip(PLACES, [*order, "log"], strict=True))

    def check(self, scene: Scene) -> Iterator[Finding]:
        answered = scene.answer.strip()
        if not answered.isdecimal():
            yield Finding("number", "your answer", "a number", scene.answer, False, NO_NUMBER)
            return
        order = [str(scene.values[place]) for place in PLACES]
        child, heard = telling(lambda tell: _heard(order, tell))
        os.waitpid(child, 0)
        right = int(answered) == heard
        wanted = f"errno {answered}, as you reckoned" if int(answered) else "no errno, as you reckoned"
        yield Finding("heard", f"{CALL}() of a process with the five filters", wanted,
                      "that" if right else "another one" if int(answered) else "an errno", right,
                      ANOTHER if int(answered) else IT_FAILS)  # fmt: skip


def _heard(order: list[str], tell: Tell) -> None:
    """Put the filters on this process, the first one first, and tell the errno of the call, 0 for none."""
    # Before the first of them is put on: whoever writes one asks uname() for the architecture.
    whole = [filters.one_call(CALL, _action(says)) for says in order]
    capsets.set_no_new_privs()
    for each in whole:
        filters.install(each)
    try:
        os.uname()
        tell(0)
    except OSError as e:
        tell(e.errno)


def _action(says: str) -> int:
    action, _, number = says.partition(" ")
    return filters.number_of(errno.errorcode[int(number)] if number else action)
