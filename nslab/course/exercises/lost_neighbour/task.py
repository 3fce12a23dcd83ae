"""Two sandboxes, a router between them, and one of three things that break such a network; which one is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look, reach, wires
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.lab.client.sandbox import Sandbox

ROLES = ("web", "db", "cache")
CAUSES = ("link", "namespace", "route in web", "gateway of web", "route in db")
WEIGHTS = (3, 3, 1, 1, 1)
HINTS = {
    "namespace": (
        "Look at the far end first: which interfaces does `db` have, and which of them has its address?",
        "An interface is in one network namespace at a time. Look for that of `db` in the other sandboxes: ip address",
        "From where it is: ip link set NAME netns PID-OF-DB. It arrives down, without its address and its routes.",
    ),
    "link": (
        "Follow a packet from interface to interface, in `web`, in `room`, in `db`. Which of them can carry it?",
        "ip link says UP between the brackets of an interface that somebody has brought up, and LOWER_UP if the other "
        "end is up, too.",
        "Where one lacks UP: ip link set NAME up. It has lost the routes that were by way of it.",
    ),
    "route": (
        "All that the packet needs to travel on is up. How does each side know where to send it, and the answer?",
        "Ask the kernel, in `web` and in `db`: ip route get ADDRESS-OF-THE-OTHER. The plan says what there should be.",
        "ip route replace default via ADDRESS-OF-THE-ROUTER",
    ),
}
OWNER = (
    "Somebody accepts it, but not the database: the address is to be that of `db`, and of nobody else.",
    "ip address, in each of the sandboxes, shows who else has it; ip address del ADDRESS dev NAME takes it away.",
)


class Task(Exercise):
    """The check only connects. What it then looks at, to find the right hint, is where a learner would look as well."""

    lesson = "05"
    place = 1
    kind = "mend"
    incident = True
    namespaces = ("net", "uts")
    programs = ("ip",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        network = f"10.{draw.randint(20, 250)}"
        return {
            "web": f"{network}.1.{draw.randint(2, 250)}",
            "web_router": f"{network}.1.1",
            "db": f"{network}.2.{draw.randint(2, 250)}",
            "db_router": f"{network}.2.1",
            "port": draw.randint(2000, 9999),
        }

    def scene(self, stage: Stage) -> None:
        room = wires.room(stage)
        boxes = {role: wires.box(stage, role, room) for role in ROLES}
        wires.forward(room)
        cause = stage.draw.choices(CAUSES, WEIGHTS)[0]
        plug(stage, room, boxes["web"], "web")
        plug(stage, room, boxes["cache" if cause == "namespace" else "db"], "db")
        server = stage.call(
            "database", wires.serve, args=("0.0.0.0", stage.values["port"]), where=boxes["db"], told=False
        )
        server.heard("listening")
        if cause == "link":
            wires.ip(room, f"link set to-{stage.draw.choice(('web', 'db'))} down")
        elif cause.startswith("route"):
            wires.ip(boxes[cause.split()[-1]], "route del default")
        elif cause.startswith("gateway"):
            wires.ip(
                boxes["web"], f"route replace default via {stage.values['web_router']}".removesuffix(".1") + ".254"
            )

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {f"{role}_pid": scene.pid(role) for role in ROLES}

    def check(self, scene: Scene) -> Iterator[Finding]:
        address, port = str(scene.values["db"]), int(scene.values["port"])
        came = reach.connects(scene.pid("web"), address, port)
        owners = reach.who_has(address, {role: scene.pid(role) for role in (*ROLES, "room")})
        right = came == reach.ACCEPTED
        missing = "" if right else self._missing(scene, owners)
        looked = f"a connection from web to {address}, port {port}"
        yield Finding(f"connection {missing}".strip(), looked, reach.ACCEPTED, came, right, HINTS.get(missing, ()))
        # Where it is instead is for the learner to find.
        found = "db alone" if owners == ["db"] else "another, too" if "db" in owners else "not db"
        yield Finding("owner", f"who has the address {address}", "db alone", found, owners == ["db"], OWNER)

    def _missing(self, scene: Scene, owners: list[str]) -> str:
        """What keeps the connection from coming about, of what can be seen."""
        if "db" not in owners:
            return "namespace"
        there = [look.interfaces(scene.pid(role)) for role in ("web", "room", "db")]
        down = any("UP" not in each["flags"] for those in there for each in those.values())
        return "link" if down else "route"


def plug(stage: Stage, room: Sandbox, box: Sandbox, role: str) -> None:
    """A wire from the room into a sandbox, with the addresses and the route that the plan has for `role`."""
    address, router = stage.values[role], stage.values[f"{role}_router"]
    wires.ip(room, f"link add to-{role} type veth peer name {role}0 netns {box.pid}",
             f"address add {router}/24 dev to-{role}", f"link set to-{role} up")  # fmt: skip
    wires.ip(box, f"address add {address}/24 dev {role}0", f"link set {role}0 up", f"route add default via {router}")
