"""A process for which its own cgroup is the top (cgroup_namespaces(7))."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

from nslab.course.checking import look, words
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.nearest import listed, nearest
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.linux import cgroupfs, ns

NOTHING = (
    "In which kind of namespace does a process's own cgroup look like /? Lesson 08 has it.",
    "CLONE_NEWCGROUP makes the cgroup in which a process is at that moment its /. The process has to stay alive.",
    "nslab.Sandbox(cgroup=True, uts=True, hostname='NAME'), in a variable; or unshare --cgroup --uts.",
)
PATHS = (
    "A path that is not / leads out of what was the top when the namespace was made. What was moved since?",
    "Make the namespace last, when the process is in the cgroup that it is to stay in.",
)
NAME = (
    "The host name has a namespace of its own. A process may be in that one and in a cgroup namespace: which flags?",
    "One clone may have several flags: CLONE_NEWCGROUP and CLONE_NEWUTS; then sethostname(2).",
)
ANOTHER = (NOTHING[0], *NAME)
NETWORK = (
    "It has a network of its own, with nothing in it to be measured.",
    "Leave CLONE_NEWNET out: what is not unshared stays the machine's.",
)


class Task(Exercise):
    """The check reads /proc/PID/cgroup as the process itself does, in its cgroup namespace, and takes the nearest."""

    lesson = "08"
    place = 1
    namespaces = ("cgroup", "uts")

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"agent": words.name(draw)}

    def check(self, scene: Scene) -> Iterable[Finding]:
        others = {(each.ns["cgroup"], each.ns["uts"], each.ns["net"]): each for each in look.processes()
                  if each.has_own("cgroup")}  # fmt: skip
        agent = str(scene.values["agent"])
        found = [_seen(each, agent) for each in others.values()]
        best = nearest(found, "hostname")
        if not best:
            looked = "the host names that processes in other cgroup namespaces than the machine's see"
            there = listed((name.found for _, name, _ in found), "no process is in one")
            raise NotBegun(looked, agent, there, *(ANOTHER if found else NOTHING))
        return best


def _seen(found: look.Process, agent: str) -> list[Finding]:
    pid = found.pid
    paths = look.inside(pid, ["cgroup"], lambda: cgroupfs.paths(pid))
    other = sorted({path for path in paths.values() if path != "/"})
    name = look.hostname(pid)
    network = f"net:[{found.ns['net']}]"
    return [
        Finding("paths", f"the paths that process {pid} sees in /proc/PID/cgroup", "/ everywhere",
                ", ".join(other) or "/ everywhere", not other, PATHS),
        Finding("hostname", f"the host name that process {pid} sees", agent, name, name == agent, NAME),
        Finding("network", f"the network namespace of process {pid}", f"the machine's, net:[{ns.inode('net')}]",
                network, not found.has_own("net"), NETWORK),
    ]  # fmt: skip
