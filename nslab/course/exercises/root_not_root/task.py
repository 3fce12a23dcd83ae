"""A map of one line, in which all other ids are invalid, root or not (user_namespaces(7))."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from random import Random

from nslab.course.checking import look, words
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import ns

DATA = "/srv/data"
NOTHING = (
    "Invalid argument is no lack of rights. In which file does the kernel look up whom an id stands for?",
    "The uid_map of the box has one line: 0, and nobody else. A map is written once; which namespace can have another?",
    "A user namespace inside of the box's may call the same user by another number: 'UID 0 1'.",
)
NUMBER = (
    "This process has another number. The first number of the map's line is the id inside.",
    "nslab enter root-not-root.box unshare --user --map-user={uid} sh -c 'touch {data}/{file}; exec sleep 600'",
)
OWNER = (
    "The uid is right, and the directory belongs to somebody else, as it sees it. Whom does the box's root own it as?",
    "It belongs to who is 0 in the box. So the second number of the new map's line is 0, as the box numbers it.",
)
FILE = (
    "The process is right, and has not written yet.",
    "touch {data}/{file}, by a process that is uid {uid}: with sh -c, before it goes to sleep.",
)


class Task(Exercise):
    """The check asks in each process's own user namespace who it is, and who owns what; it takes the best."""

    lesson = "07"
    place = 4
    kind = "mend"
    incident = True
    namespaces = ("user", "mnt")

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"uid": draw.randrange(2000, 60000), "file": words.name(draw)}

    def scene(self, stage: Stage) -> None:
        uid_map, gid_map = [(0, os.geteuid(), 1)], [(0, os.getegid(), 1)]
        box = stage.sandbox("box", user=True, mnt=True, uid_map=uid_map, gid_map=gid_map)
        stage.run(box, f"mount -t tmpfs -o size=1m srv /srv; mkdir -m 700 {DATA}")

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {"box": scene.pid("box")}

    def check(self, scene: Scene) -> Iterable[Finding]:
        box = scene.pid("box")
        own, device = ns.inode("user", box), os.stat(f"/proc/{box}/root{DATA}").st_dev
        others = {each.ns["user"]: each.pid for each in look.processes()
                  if each.ns["user"] != own and _device(each.pid) == device}  # fmt: skip
        if not others:
            looked = f"processes that have the box's {DATA}, in other user namespaces than the box's root"
            raise NotBegun(looked, f"one that is uid {scene.values['uid']}", "none", *NOTHING)
        return max((_seen(pid, scene) for pid in others.values()), key=lambda each: sum(one.right for one in each))


def _seen(pid: int, scene: Scene) -> list[Finding]:
    uid, file = int(scene.values["uid"]), str(scene.values["file"])
    own = look.ids(pid)[0]
    owner = look.inside(pid, ["user"], lambda: os.stat(f"/proc/{pid}/root{DATA}").st_uid)
    written = os.path.exists(f"/proc/{pid}/root{DATA}/{file}")
    filled = {"uid": uid, "file": file, "data": DATA}
    return [
        Finding("uid", f"the uid of process {pid} as it sees itself", str(uid), str(own), own == uid,
                tuple(hint.format(**filled) for hint in NUMBER)),
        Finding("owner", f"the owner of {DATA} as process {pid} sees it", str(uid), str(owner), owner == uid, OWNER),
        Finding("file", f"the file {DATA}/{file}", "there", "there" if written else "absent", written,
                tuple(hint.format(**filled) for hint in FILE)),
    ]  # fmt: skip


def _device(pid: int) -> int:
    """The device of what a process has at DATA; 0 where there is nothing, or it is not to be looked at."""
    try:
        return os.stat(f"/proc/{pid}/root{DATA}").st_dev
    except OSError:
        return 0
