"""A process with Docker's capabilities and one more (capabilities(7); proc_pid_status(5), CapEff)."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping

from nslab.container.profile import CAPABILITIES as LEFT_BY_DOCKER
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import capsets
from nslab.linux.flags import CloneFlag

CHOICE = ("CAP_DAC_READ_SEARCH", "CAP_IPC_LOCK", "CAP_NET_ADMIN", "CAP_NET_BROADCAST", "CAP_SYS_ADMIN", "CAP_SYS_BOOT",
          "CAP_SYS_MODULE", "CAP_SYS_NICE", "CAP_SYS_PTRACE", "CAP_SYS_RAWIO", "CAP_SYS_TIME",
          "CAP_SYSLOG")  # fmt: skip
READY = "ready"
NO_NAME = (
    "Answer with the name of a capability, such as CAP_CHOWN; capabilities(7) has them all.",
    "CapEff in /proc/PID/status has one bit for each: `capsh --decode=NUMBER` (libcap2-bin) writes them as names.",
)
ANOTHER = (
    "CapEff in /proc/PID/status has one bit for each capability. Which bit is set there, and not in Docker's number?",
    "echo $((0xNUMBER & ~0xa80425fb)) leaves the bit. Bit 0 is CAP_CHOWN; the order is that of linux/capability.h.",
    "`capsh --decode=NUMBER` writes both as names; `setpriv --list-caps` has all of them in the order of their bits.",
)


class Task(Exercise):
    """The capability is drawn for the scene; the check reads the process's sets again."""

    lesson = "16"
    place = 3
    kind = "find"
    answer = "the name of a capability"
    namespaces = ("user",)

    def scene(self, stage: Stage) -> None:
        extra = stage.draw.choice(CHOICE)
        root = stage.call("container", hold, CloneFlag.CLONE_NEWUSER, args=(extra,))
        root.heard(READY, 5.0)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        has = capsets.of(scene.pid("container")).effective
        lacks = next(name for name in CHOICE if name not in has)
        return {"pid": scene.pid("container"), "lacks": lacks}

    def check(self, scene: Scene) -> Iterator[Finding]:
        pid = scene.pid("container")
        name = f"CAP_{scene.answer.strip().upper().removeprefix('CAP_')}"
        if name not in capsets.NAMES:
            looked, wanted = "the capability that you named", "one of capabilities(7)"
            yield Finding("name", looked, wanted, scene.answer, False, NO_NAME)
            return
        has = capsets.of(pid).effective
        for key, looked, right, hints in (
            ("has", f"whether process {pid} has {name} in effect", name in has, ANOTHER),
            ("more", f"whether Docker leaves {name} out by default", name not in LEFT_BY_DOCKER, ANOTHER),
        ):
            yield Finding(key, looked, "yes", "yes" if right else "no", right, hints)


def hold(extra: str) -> None:
    """Keep Docker's capabilities and one more, say so, and stay."""
    keep = LEFT_BY_DOCKER | {extra}
    capsets.bound(keep)
    capsets.keep_only(keep)
    print(READY, flush=True)
    signal.pause()
