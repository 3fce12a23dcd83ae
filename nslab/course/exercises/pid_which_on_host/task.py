"""A number from inside a pid namespace, and the process that has it (NSpid; pid_namespaces(7))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nslab.course.checking import pids
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import ns

ROLES = ("mail", "shop")
NONE = (
    "Answer with a number that /proc has a directory for, out here.",
    "grep NSpid /proc/[0-9]*/status shows all numbers of all processes.",
)
OTHER = (
    "That is another process, which is not where the log comes from.",
    "readlink /proc/PID/ns/pid says in which pid namespace a process is. Which ones are where the log comes from?",
    "Of those, look for the one whose line NSpid in /proc/PID/status ends with the log's number.",
)
AS_LOGGED = ("The log's number is one of its own namespace. Who is outside counts otherwise.", *OTHER[1:])
NOT_IT = (
    "The namespace is right. A line of /proc/PID/status lists all numbers of a process, the host's first.",
    "NSpid of the one that you look for ends with the log's number.",
)


class Task(Exercise):
    """Both sandboxes have a process with that number. Which one the log is of is drawn, and the number, too."""

    lesson = "04"
    place = 2
    kind = "find"
    answer = "the number of a process, as the host counts"
    namespaces = ("pid", "mnt", "uts")

    def scene(self, stage: Stage) -> None:
        numbers: dict[str, dict[int, int]] = {}
        for role in ROLES:
            box = stage.sandbox(role, pid=True, mnt=True, uts=True, hostname=role)
            workers = [stage.process(f"{role}-{n}", ["sleep", "infinity"], where=box, told=False) for n in range(5)]
            numbers[role] = {pids.own_number(each.pid): each.pid for each in workers}
        role = stage.draw.choice(ROLES)
        other = ROLES[1 - ROLES.index(role)]
        number = stage.draw.choice(sorted(set(numbers[role]) & set(numbers[other])))
        stage.note("role", role)
        stage.note("number", number)
        stage.note("namesake", numbers[other][number])
        stage.give(f"the log of `{self.name}.{role}`: *worker {number} has not answered for 60 s*")

    def forms(self, scene: Scene) -> Mapping[str, object]:
        first = scene.pid(scene.notes["role"])
        return {"number": scene.notes["number"], "namesake": scene.notes["namesake"], "first": first}

    def check(self, scene: Scene) -> Iterator[Finding]:
        box = f"{self.name}.{scene.notes['role']}"
        # A process that has ended has no namespaces, and of another user's one may not ask.
        try:
            inode = ns.inode("pid", int(scene.answer))
        except (OSError, ValueError):
            yield Finding("process", f"/proc/{scene.answer}/ns/pid", "a process of yours", "none", False, NONE)
            return
        pid, wanted = int(scene.answer), ns.inode("pid", scene.pid(scene.notes["role"]))
        found = f"pid:[{inode}]"
        yield Finding("namespace", f"/proc/{pid}/ns/pid", f"that of {box}", found, inode == wanted,
                      AS_LOGGED if pid == scene.notes["number"] else OTHER)  # fmt: skip
        number, of_log = pids.own_number(pid), scene.notes["number"]
        yield Finding("number", f"NSpid in /proc/{pid}/status", f"{of_log} as its last number", str(number),
                      number == of_log, NOT_IT)  # fmt: skip
