"""A process that was cloned with some of the eight flags (clone(2), namespaces(7))."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator, Mapping

from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import ns
from nslab.linux.flags import FLAGS

ALSO = {"ns": "mnt", "mount": "mnt", "network": "net"}
"""Other words for a type: the flag CLONE_NEWNS, and what people say."""
NO_TYPE = (
    "A type is named as in /proc/PID/ns, or as its flag: net, or CLONE_NEWNET.",
    "What ends in _for_children there is no type: it says where the children of that process are made.",
)
SHARED = (
    "A new namespace has another inode number than the one that you are in. Compare both numbers of each type.",
    "ls -l /proc/PID/ns shows the numbers of one process, and /proc/self/ns those of your shell.",
)
MORE = (
    "There are eight types. Have you compared the numbers of all of them?",
    "An ordinary user gets a user namespace with whatever else he asks for.",
    'for t in uts ipc pid net mnt user cgroup time; do echo "$(readlink /proc/self/ns/$t /proc/PID/ns/$t)"; done',
)


class Task(Exercise):
    """Which flags is drawn; the check compares inode numbers, and knows nothing of the draw."""

    lesson = "01"
    place = 1
    kind = "find"
    answer = 'the types of namespaces, such as "uts net"'
    namespaces = ("user",)

    def scene(self, stage: Stage) -> None:
        kinds = stage.draw.sample([kind for kind in FLAGS if kind in ns.available()], 3)
        stage.call("service", signal.pause, *(FLAGS[kind] for kind in kinds))

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {"service": scene.pid("service")}

    def check(self, scene: Scene) -> Iterator[Finding]:
        service = scene.pid("service")
        words = [word.removeprefix("clone_new") for word in re.split(r"[\s,;|+]+", scene.answer.lower()) if word]
        named = list(dict.fromkeys(ALSO.get(word, word) for word in words))
        others = [word for word in named if word not in FLAGS]
        if others:
            known = f"some of {', '.join(FLAGS)}"
            yield Finding("types", "the types that you named", known, ", ".join(others), False, NO_TYPE)
            return
        new = [kind for kind in ns.available() if ns.inode(kind, service) != ns.inode(kind)]
        shared = [kind for kind in named if kind not in new]
        left_out = len(set(new) - set(named))
        looked = f"/proc/{service}/ns beside the host's"
        # Which ones they are is not said: to whoever names all eight it would leave the answer.
        yield Finding("shared", looked, "only types that differ", f"the same: {len(shared) or 'none'} of yours",
                      not shared, SHARED)  # fmt: skip
        yield Finding("all", looked, "all types that differ", f"{left_out} more that you did not name", not left_out,
                      MORE)  # fmt: skip
