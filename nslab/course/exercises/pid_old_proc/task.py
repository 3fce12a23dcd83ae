"""A sandbox with a pid and a mount namespace of its own, and the /proc of who made it (pid_namespaces(7))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nslab.course.checking import pids
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import ns

OLD = (
    "ps reads /proc. Whose processes does a /proc list?",
    "Those of the pid namespace of whoever mounted it. This one was mounted by the machine, long ago.",
    "Inside, where you are in both its pid and its mount namespace: mount -t proc proc /proc",
)
NOTHING = (
    "There is no process in what is mounted on /proc now. Which filesystem shows processes?",
    "Its type is called proc, too. Mount it from inside, over what is there.",
)


class Task(Exercise):
    """It is the namespace that /proc lists that counts, and not how it was mounted."""

    lesson = "04"
    place = 3
    kind = "mend"
    namespaces = ("pid", "mnt", "uts")

    def scene(self, stage: Stage) -> None:
        stage.sandbox("web", pid=True, mnt=True, uts=True, hostname="web", proc=False)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        web = scene.pid("web")
        user = "" if ns.inode("user", web) == ns.inode("user") else " --user --preserve-credentials"
        return {"web": web, "user": user}

    def check(self, scene: Scene) -> Iterator[Finding]:
        web = scene.pid("web")
        own, listed = ns.inode("pid", web), pids.listed_by_proc(web)
        names = {None: "none, or such as are hidden from you", ns.inode("pid"): "those of the host's namespace"}
        found = "those of its own" if listed == own else names.get(listed, "those of a third namespace")
        wanted = "those of its own pid namespace"
        hints = NOTHING if listed is None else OLD
        yield Finding(
            "proc", f"the processes that the /proc of process {web} lists", wanted, found, listed == own, hints
        )
