"""Capabilities that are lost, no_new_privs, and a filter (capabilities(7), seccomp(2))."""

from __future__ import annotations

from collections.abc import Iterator

from nslab.container import profile
from nslab.course.checking.container import Step
from nslab.course.checking.look import Process
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.linux import capsets, process

CAPABILITIES = (
    "Which of its five sets says what no execve brings back? /proc/PID/status lists them.",
    "The bounding set: prctl(PR_CAPBSET_DROP, …) for each that is to go, while CAP_SETPCAP is there.",
)
PRIVILEGE = (
    "A set-user-ID program would still raise it. One bit forbids that, for good.",
    "prctl(PR_SET_NO_NEW_PRIVS, 1). Without it a filter takes CAP_SYS_ADMIN to install, too.",
)
FILTER = (
    "The line Seccomp of /proc/PID/status is 0 without a filter, and 2 with one.",
    "nslab.linux.filters.program() makes one of names, and install() hands it to the kernel, last of all.",
)


class Task(Step):
    """All three are in /proc/PID/status (proc_pid_status(5))."""

    place = 9
    forms_of = ("py", "c")

    def look_at(self, inside: Process, scene: Scene) -> Iterator[Finding]:
        more = sorted(capsets.of(inside.pid).bounding - profile.CAPABILITIES)
        found = f"{len(more)} more, such as {more[0]}" if more else "no others"
        yield Finding("bounding", f"the bounding set of process {inside.pid}, beside the fourteen", "no others", found,
                      not more, CAPABILITIES)  # fmt: skip
        of_it = process.status(inside.pid)
        yield Finding(
            "no-new-privs", "NoNewPrivs of it", "1", of_it["NoNewPrivs"], of_it["NoNewPrivs"] == "1", PRIVILEGE
        )
        yield Finding("filter", "Seccomp of it", "2", of_it["Seccomp"], of_it["Seccomp"] == "2", FILTER)
