"""What differs between two containers, as the kernel says it (proc_pid_status(5), getrlimit(2))."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import capsets, files, process, rlimits

USUAL = {"nofile": 512, "fsize": 1 << 30, "core": 0, "memlock": 1 << 16, "oom_score_adj": 500, "no_new_privs": 1}
"""What both have; of OTHER one has what stands there."""
OTHER = {"nofile": 256, "core": 1 << 20, "memlock": 1 << 15, "oom_score_adj": 900, "no_new_privs": 0}
FACTS = (*USUAL, "uid", "gid", "seccomp", "groups", "stack", "nproc", "as")
NO_SUCH = (
    "Answer with one word: that of a fact, as `nslab compare A B --all` shows it after the colon.",
    "The two numbers are given; `nslab compare` takes them.",
)
ANOTHER = (
    "What is unusual about one of them may be so for both. Which tool shows only what differs?",
    "nslab compare FIRST SECOND, with the two numbers. What differs is marked.",
)
GONE = ("They differ no longer in one fact. `nslab reset compare-twins` makes them anew.",)


class Task(Exercise):
    """The check reads both processes again; the environment and where they are play no part."""

    lesson = "20"
    place = 2
    kind = "find"
    answer = "the word of a fact"

    def scene(self, stage: Stage) -> None:
        which = stage.draw.choice(sorted(OTHER))
        for role, changed in (("first", {}), ("second", {which: OTHER[which]})):
            stage.call(role, stay, args=({**USUAL, **changed},))

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {"first": scene.pid("first"), "second": scene.pid("second")}

    def check(self, scene: Scene) -> Iterator[Finding]:
        one, other = (seen(scene.pid(role)) for role in ("first", "second"))
        differing = [fact for fact in USUAL if one[fact] != other[fact]]
        if len(differing) != 1:
            yield Finding("scene", "facts in which the two differ", "one", str(len(differing)), False, GONE)
            return
        answered = scene.answer.strip().rpartition(":")[2].strip()
        known = answered in FACTS
        yield Finding("fact", "the fact that you named", "one that nslab compare shows", answered or "nothing", known,
                      NO_SUCH)  # fmt: skip
        if known:
            right = answered == differing[0]
            # Which one it is is not said: whoever is wrong is to look.
            yield Finding("differs", f"{answered} of the two", "different", "different" if right else "the same", right,
                          ANOTHER)  # fmt: skip


def stay(settings: Mapping[str, int]) -> None:
    """Have these settings, and wait to be ended."""
    for name, value in settings.items():
        if name == "oom_score_adj":
            files.write("/proc/self/oom_score_adj", str(value))
        elif name == "no_new_privs":
            if value:
                capsets.set_no_new_privs()
        else:
            rlimits.limit(name, value)
    while True:
        time.sleep(60)


def seen(pid: int) -> dict[str, str]:
    """Each of USUAL as a process has it. Raises OSError when it is gone."""
    limits = {name: str(both) for name, both in rlimits.of(pid).items()}
    return {
        **{name: limits[name] for name in USUAL if name in limits},
        "oom_score_adj": files.read(f"/proc/{pid}/oom_score_adj").strip(),
        "no_new_privs": process.status(pid).get("NoNewPrivs", "?"),
    }
