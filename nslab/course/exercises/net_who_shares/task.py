"""Three sandboxes, one of which was started without CLONE_NEWNET (network_namespaces(7))."""

from __future__ import annotations

from collections.abc import Iterator

from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import ns

ROLES = ("web", "db", "cache")
NO_SUCH = ("Answer with a name that `nslab ps` lists.",)
ANOTHER = (
    "A namespace is known by its inode number. Where does /proc show it?",
    "Compare readlink /proc/self/ns/net on the host with the same inside each sandbox.",
    "for s in web db cache; do nslab enter net-who-shares.$s readlink /proc/self/ns/net; done",
)


class Task(Exercise):
    """Which one shares is drawn; the check compares inode numbers, and knows nothing of the draw."""

    lesson = "05"
    place = 1
    kind = "find"
    answer = "the name of a sandbox"
    namespaces = ("net", "uts")

    def scene(self, stage: Stage) -> None:
        shares = stage.draw.choice(ROLES)
        for role in ROLES:
            stage.sandbox(role, uts=True, hostname=role, net=role != shares)

    def check(self, scene: Scene) -> Iterator[Finding]:
        inodes = {scene.members[role].name: ns.inode("net", scene.pid(role)) for role in ROLES}
        host = ns.inode("net")
        answered = scene.answer if "." in scene.answer else f"{self.name}.{scene.answer}"
        if answered not in inodes:
            there = f"one of {', '.join(inodes)}"
            yield Finding("name", "the sandbox that you named", there, scene.answer, False, NO_SUCH)
            return
        # What the others have is not said: whoever is wrong is to look, and not to count.
        inode = inodes[answered]
        found = f"net:[{inode}], the host's is net:[{host}]"
        yield Finding(
            "shares", f"/proc/PID/ns/net of {answered}", "the host's namespace", found, inode == host, ANOTHER
        )
