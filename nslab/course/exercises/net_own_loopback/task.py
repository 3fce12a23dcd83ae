"""A server that listens on the loopback of its own network namespace alone (network_namespaces(7), ip(7))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import reach, wires
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

OWNER = (
    "The address is that of web, and of nobody else. Whoever else has it answers to itself.",
    "Take it away where it does not belong: ip address del ADDRESS dev NAME",
)
REFUSED = (
    "The connection arrives in web, and there nobody listens at that address. On which one does the server listen?",
    "Inside: ss -ltn. A server on 127.0.0.1 is reached by the loopback of its own namespace, and by no wire.",
    "In web, at the address of the wire: python3 -m http.server PORT --bind ADDRESS",
)
SILENT = (
    "The packets do not arrive any more: is the wire as it was, and its address?",
    "Inside: ip link, ip address. It is easiest to begin anew (reset).",
)


class Task(Exercise):
    """Whoever listens counts, at the address or at all of them, and also what passes connections on."""

    lesson = "05"
    place = 4
    kind = "mend"
    namespaces = ("net", "uts")
    programs = ("ip",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"address": f"10.{draw.randint(20, 250)}.7.{draw.randint(2, 250)}", "port": draw.randint(2000, 9999)}

    def scene(self, stage: Stage) -> None:
        room = wires.room(stage)
        web = wires.box(stage, "web", room)
        address, port = str(stage.values["address"]), stage.values["port"]
        wires.ip(room, f"link add to-web type veth peer name eth0 netns {web.pid}",
                 f"address add {address.rpartition('.')[0]}.1/24 dev to-web", "link set to-web up")  # fmt: skip
        wires.ip(web, f"address add {address}/24 dev eth0", "link set eth0 up")
        server = stage.call("server", wires.serve, args=("127.0.0.1", port), where=web, may_end=True)
        server.heard("listening")

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {"server": scene.pid("server")}

    def check(self, scene: Scene) -> Iterator[Finding]:
        address, port = str(scene.values["address"]), int(scene.values["port"])
        came = reach.connects(scene.pid("room"), address, port)
        hints = REFUSED if "REFUSED" in came else SILENT
        yield Finding("connection", f"a connection from room to {address}, port {port}", reach.ACCEPTED, came,
                      came == reach.ACCEPTED, hints)  # fmt: skip
        owners = reach.who_has(address, {role: scene.pid(role) for role in ("web", "room")})
        yield Finding("owner", f"who has the address {address}", "web alone", " and ".join(owners) or "nobody",
                      owners == ["web"], OWNER)  # fmt: skip
