"""A bridge with several ports, and the wire that leads to one sandbox (veth(4))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look, wires, words
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

ROLES = ("web", "db", "cache", "mail")
NO_SUCH = (
    "Answer with the name of an interface that `ip link` lists in the room.",
    "nslab enter net-which-port.room ip link show master switch",
)
ANOTHER = (
    "Each end of a veth pair knows the index of the other. How does ip(8) show it?",
    "Inside: eth0@if7 means that the other end is the interface with the index 7, where that one is.",
    "Inside: ip link show eth0. Then, in the room: ip link, and look for the line that begins with that index.",
)


class Task(Exercise):
    """The wires are made in an order that is drawn, and so are the names of the ports."""

    lesson = "05"
    place = 3
    kind = "find"
    answer = "the name of an interface"
    namespaces = ("net", "uts")
    programs = ("ip",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"who": draw.choice(ROLES)}

    def scene(self, stage: Stage) -> None:
        room = wires.room(stage)
        boxes = {role: wires.box(stage, role, room) for role in ROLES}
        wires.ip(room, "link add switch type bridge", "link set switch up")
        order = stage.draw.sample(ROLES, len(ROLES))
        for host, (role, port) in enumerate(zip(order, words.names(stage.draw, len(ROLES)), strict=True), 1):
            wires.ip(room, f"link add {port} type veth peer name eth0 netns {boxes[role].pid}",
                     f"link set {port} master switch up")  # fmt: skip
            wires.ip(boxes[role], f"address add 10.9.0.{host}/24 dev eth0", "link set eth0 up")

    def forms(self, scene: Scene) -> Mapping[str, object]:
        index = self._other_end(scene)
        room = look.interfaces(scene.pid("room"))
        ports = [name for name, each in room.items() if each.get("master") and each["ifindex"] != index]
        return {"another": ports[0]}

    def check(self, scene: Scene) -> Iterator[Finding]:
        room, who = look.interfaces(scene.pid("room")), scene.values["who"]
        # ip(8) shows one as NAME@PEER.
        answered = scene.answer.partition("@")[0]
        if answered not in room:
            yield Finding(
                "name", "the interface that you named", f"one of {self.name}.room", scene.answer, False, NO_SUCH
            )
            return
        right = room[answered]["ifindex"] == self._other_end(scene)
        found = answered if right else f"another than {answered}"
        yield Finding("port", f"the other end of eth0 of {who}", f"{answered}, as you said", found, right, ANOTHER)

    def _other_end(self, scene: Scene) -> int:
        """The index, in the room, of the interface at the other end of the wire."""
        return int(look.interfaces(scene.pid(str(scene.values["who"])))["eth0"]["link_index"])
