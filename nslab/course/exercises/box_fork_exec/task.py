"""A child that another program is made of, with an environment of its own (fork(2), execve(2), environ(7))."""

from __future__ import annotations

from collections.abc import Iterator

from nslab.course.checking.container import Step
from nslab.course.checking.look import Process
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.linux import files

WANTED = {"PATH", "HOME", "TERM"}
HINTS = (
    "What does fork() hand on to the child, and what does execve() take as its third argument?",
    "execve(path, arguments, environment): the third one is all that the new program has of variables.",
    "In the child os.execvpe('sleep', ['sleep', 'SECONDS'], {'PATH': …, 'HOME': …, 'TERM': …}).",
)


class Task(Step):
    """The environment is read as the kernel was given it (proc_pid_environ(5))."""

    place = 1

    def look_at(self, inside: Process, scene: Scene) -> Iterator[Finding]:
        there = {each.partition("=")[0] for each in files.read(f"/proc/{inside.pid}/environ").split("\0") if each}
        more, less = sorted(there - WANTED), sorted(WANTED - there)
        found = "; ".join([*([f"{len(more)} more, such as {more[0]}"] if more else []),
                           *([f"no {' and no '.join(less)}"] if less else [])]) or "these"  # fmt: skip
        yield Finding("environment", f"the variables of process {inside.pid}", "HOME, PATH and TERM alone", found,
                      there == WANTED, HINTS)  # fmt: skip
