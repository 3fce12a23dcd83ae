"""Two sandboxes, and a veth pair between them (veth(4))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from nslab.course.checking import look, reach, wires
from nslab.course.checking.exercise import Exercise
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage

ROLES = ("left", "right")
NOTHING = (
    "What is a wire with two ends called? Lesson 05 has it.",
    "Make a veth pair in the room, which is root over both sandboxes, and move one end into each.",
    "In the room: ip link add a netns PID-OF-LEFT type veth peer name b netns PID-OF-RIGHT",
)
ADDRESS = (
    "An interface comes without an address, and loses those that it has when it is moved.",
    "In that sandbox: ip address add ADDRESS/24 dev NAME",
)
ANOTHER = (
    "It has an address that is not the one that is wanted. Each sandbox is to have its own, and no other.",
    "In that sandbox: ip address del ADDRESS/PREFIX dev NAME takes one away, ip address add gives one.",
)
DOWN = (
    "An end of the wire is down, and so no packet gets on it.",
    "In each of the sandboxes: ip link set NAME up",
)
NO_ROUTE = (
    "Both ends are up. Which addresses does the kernel of `left` believe to be at the other end? ip route",
    "The number after the slash says how much of the address is the network's. With /24 both are in one network, and "
    "the kernel makes the route.",
)


class Task(Exercise):
    """A ping of the check's own tells; how the wire was made does not count."""

    lesson = "05"
    place = 2
    namespaces = ("net", "uts")
    programs = ("ip",)

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        network = f"10.{draw.randint(20, 250)}.{draw.randint(1, 250)}"
        left, right = draw.sample(range(2, 250), 2)
        return {"left": f"{network}.{left}", "right": f"{network}.{right}"}

    def scene(self, stage: Stage) -> None:
        room = wires.room(stage)
        for role in ROLES:
            wires.box(stage, role, room)

    def forms(self, scene: Scene) -> Mapping[str, object]:
        return {f"{role}_pid": scene.pid(role) for role in ROLES}

    def check(self, scene: Scene) -> Iterator[Finding]:
        there = {role: look.interfaces(scene.pid(role)) for role in ROLES}
        if all(set(each) == {"lo"} for each in there.values()):
            raise NotBegun("the interfaces of left and of right", "one more than lo", "lo alone", *NOTHING)
        for role in ROLES:
            own = look.addresses(scene.pid(role))
            found = sorted(
                {each.partition("/")[0] for name in own if name != "lo" for each in own[name] if "." in each}
            )
            wanted = str(scene.values[role])
            yield Finding(role, f"the addresses of {role}, without those of lo", wanted, ", ".join(found) or "none",
                          found == [wanted],
                          ANOTHER if found else ADDRESS if there[role].keys() != {"lo"} else NOTHING)  # fmt: skip
        came = reach.pings(scene.pid("left"), str(scene.values["right"]))
        down = any("UP" not in each["flags"] for role in ROLES for name, each in there[role].items() if name != "lo")
        yield Finding("ping", f"a ping from left to {scene.values['right']}", reach.REPLY, came, came == reach.REPLY,
                      DOWN if down else NO_ROUTE)  # fmt: skip
