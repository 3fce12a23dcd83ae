"""The subsystem devices: which device nodes a group may open and make.

v1 has files for it, v2 a BPF program that the kernel asks at each open(2) and mknod(2).
Source: Documentation/admin-guide/cgroup-v1/devices.rst, cgroup-v2.rst ("Device controller").
"""

from __future__ import annotations

import errno
import itertools
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from nslab.cgroups import ioload, measure
from nslab.cgroups.experiment import Part, Seen, run
from nslab.cgroups.group import Cgroup
from nslab.cgroups.where import where
from nslab.errors import Unsupported, checked_number
from nslab.evidence import AS_EXPECTED, Evidence, Reading
from nslab.lab.groups import as_root
from nslab.linux import bpf
from nslab.linux.bpf import Rule
from nslab.samples import Chart, Series

CLAIM = "A group opens and makes the device nodes that its rules allow, and no others."
NULL, ZERO, FULL = "/dev/null", "/dev/zero", "/dev/full"
NUMBERS = {NULL: (1, 3), ZERO: (1, 5), FULL: (1, 7)}
"""Device node → major and minor number (Documentation/admin-guide/devices.txt)."""
WORDS = {
    "read": "open {} to read",
    "write": "open {} to write",
    "keep": "read from a {} opened before",
    "mknod": "mknod of a second {}",
}
"""What the verbs of ioload.try_devices do."""
EVERY = 0.025
ROOT = as_root("devices")
OK, EPERM = "ok", "EPERM"


def demo(seconds: float = 1.0, version: int | None = None, only: str | Sequence[str] | None = None) -> Evidence:
    """Let a process open devices again and again, give its group a rule halfway, and see what is refused from then on.

    `seconds` for each measurement, 0.5 to 10; `version` 1 (files) or 2 (a BPF program) of cgroups, by default the one
    that this machine has the subsystem in; `only`: the names of PARTS to run. Raises TypeError and ValueError for other
    values, `nslab.Unsupported`. Source: devices.rst, cgroup-v2.rst ("Device controller").
    """
    options = {"seconds": checked_number("seconds", seconds, 0.5, 10, "s"), "version": _checked_version(version)}
    if os.geteuid() != 0:
        raise Unsupported(
            "a rule for devices", f"the kernel asks for CAP_SYS_ADMIN, and this is uid {os.geteuid()}", ROOT
        )
    return run("devices", CLAIM, PARTS, only, options, _by_hand(options["version"]))


def _checked_version(version: Any) -> Any:
    if version is not None and (isinstance(version, bool) or version not in (1, 2)):
        raise ValueError(f"version={version!r}: choose 1 or 2, or leave it to this machine (None)")
    return version


def restrict(group: Cgroup, rules: Sequence[Rule], otherwise: bool = True) -> None:
    """Give a group rules for devices; `otherwise` is for those that none names. Raises `nslab.Unsupported`, OSError."""
    if group.version("devices") == 1:
        everything = [] if otherwise else [("devices.deny", "a")]
        group.write("devices", everything + [(f"devices.{'allow' if r.allow else 'deny'}", str(r)) for r in rules])
        return
    try:
        bpf.attach_to_cgroup(group.path("devices"), bpf.device_program(rules, otherwise))
    except OSError as e:
        raise Unsupported(
            "a BPF program for devices", f"bpf(2) answers {errno.errorcode.get(e.errno or 0, e.errno)}",
            "be root on a kernel with CONFIG_CGROUP_BPF, as in the VM: vagrant up",
        ) from e  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """A rule and what is tried with it: `expected` is (verb, device) → the answer once the group has the rule.

    `words` is how the rule is asked for; `otherwise` what happens to devices that `rules` does not name.
    """

    words: str
    rules: tuple[Rule, ...]
    expected: Mapping[tuple[str, str], str]
    otherwise: bool = True
    prefix: str = ""


Answers = list[tuple[float, tuple[str, ...]]]
"""Each round of trying: when it ended (seconds from the start), and what was answered to each action."""


@dataclass(frozen=True)
class Tried:
    """All rounds, and between which times (seconds from the start) the rule was written."""

    rounds: Answers
    began: float
    changed: float

    @property
    def before(self) -> Answers:
        """The rounds that had ended when the rule began to be written."""
        return [answers for answers in self.rounds if answers[0] < self.began]

    @property
    def after(self) -> Answers:
        """The rounds that began when it was written: those that follow one which ended later than that."""
        return [then for earlier, then in itertools.pairwise(self.rounds) if earlier[0] > self.changed]


def _tried(group: Cgroup, actions: Sequence[tuple[str, str]], seconds: float,
           change: Callable[[], None]) -> Tried:  # fmt: skip
    """Try the actions in the group for a while, with a change halfway."""
    with measure.running([(group, ioload.try_devices, (tuple(actions), EVERY))]) as (child,):
        start = time.monotonic()
        time.sleep(seconds / 2)
        began = time.monotonic() - start
        change()
        changed = time.monotonic() - start
        time.sleep(seconds / 2)
        lines = [line.split() for line in child.read_output().splitlines()]
    return Tried([(float(when) - start, tuple(answers)) for when, *answers in lines], began, changed)


def _together(answers: Answers, number: int) -> str:
    """The answers to one action, each named once."""
    return ", ".join(sorted({said[number] for _, said in answers}))


def _rows(trial: Trial, tried: Tried, limited: bool) -> list[Reading]:
    return [
        Reading(trial.prefix + WORDS[verb].format(device), trial.words if limited else "nothing", expected,
                _together(tried.after, number), AS_EXPECTED, decisive=expected != OK)
        for number, ((verb, device), expected) in enumerate(trial.expected.items())
    ]  # fmt: skip


def _chart(trial: Trial, tried: Tried, limited: bool) -> Chart:
    end, changed = tried.rounds[-1][0], tried.changed
    lines = []
    for number, ((verb, device), expected) in enumerate(trial.expected.items()):
        if verb in ("read", "write"):
            points = tuple((max(when, 0.0), float(said[number] == OK)) for when, said in tried.rounds)
            fell = float(expected == OK)
            theory = ((0.0, 1.0), (changed, 1.0), (changed, fell), (end, fell))
            lines.append(Series(WORDS[verb].format(device), points, theory if limited else 1.0))
    return Chart("opened", "1 = yes, 0 = refused", tuple(lines), ((changed, "the rule"),) if limited else (), 1.1, True)


def _observe(trial: Trial, limited: bool, options: Mapping[str, Any]) -> Seen:
    with Cgroup("devices", version=options["version"]) as group:
        change = partial(restrict, group, trial.rules, trial.otherwise) if limited else lambda: None
        tried = _tried(group, list(trial.expected), options["seconds"], change)
    seen = Seen(_rows(trial, tried, limited), _chart(trial, tried, limited))
    seen.rows.insert(
        0, Reading(f"{trial.prefix}all of these, before the rule", "nothing", OK,
                   ", ".join(sorted({_together(tried.before, n) for n in range(len(trial.expected))})), AS_EXPECTED,
                   decisive=False)
    )  # fmt: skip
    seen.note(group)
    return seen


def _nested(limited: bool, options: Mapping[str, Any]) -> Seen:
    own: list[str] = []
    with Cgroup("devices", version=options["version"]) as group:
        inside, version = group.child(), group.version("devices")

        def change() -> None:
            if limited:
                restrict(group, DENY.rules)
            own.append(_answer(inside, [_rule(ZERO, allow=True)]))

        tried = _tried(inside, list(INSIDE.expected), options["seconds"], change)
    seen = Seen(_rows(INSIDE, tried, limited), _chart(INSIDE, tried, limited))
    # v1 refuses the write, v2 takes the program and asks those of all groups above as well.
    expected = EPERM if version == 1 else OK
    seen.rows.append(
        Reading(f"{INSIDE.prefix}allow {ZERO} there", f"allow {_rule(ZERO)}", expected, own[0], AS_EXPECTED,
                decisive=version == 1)
    )  # fmt: skip
    seen.note(group, inside)
    return seen


def _answer(group: Cgroup, rules: Sequence[Rule]) -> str:
    try:
        restrict(group, rules)
    except OSError as e:
        return errno.errorcode.get(e.errno or 0, str(e.errno))
    return OK


def _rule(path: str, access: str = "rwm", allow: bool = False) -> Rule:
    return Rule(allow, "c", *NUMBERS[path], access)


def _by_hand(version: int | None) -> dict[str, str]:
    try:
        place = where("devices", version)
    except Unsupported:
        # None is mounted here: a hierarchy of v1 is mounted for the experiment.
        return {"version": "1", "base": "/mnt"}
    return {"version": str(place.version), "base": place.base if place.version == 2 else "/mnt"}


DENY = Trial(
    f"deny {_rule(ZERO)}",
    (_rule(ZERO),),
    {("read", ZERO): EPERM, ("mknod", ZERO): EPERM, ("read", NULL): OK, ("keep", ZERO): OK},
)
ACCESS = Trial(
    f"deny {_rule(FULL, 'w')}",
    (_rule(FULL, "w"),),
    {("write", FULL): EPERM, ("read", FULL): OK},
    prefix="denied to write: ",
)
LIST = Trial(
    f"deny all, allow {_rule(NULL)}",
    (_rule(NULL, allow=True),),
    {("read", ZERO): EPERM, ("write", FULL): EPERM, ("write", NULL): OK},
    otherwise=False,
    prefix="a list of one: ",
)
INSIDE = Trial(
    f"{DENY.words}, above", DENY.rules, {("read", ZERO): EPERM, ("read", NULL): OK}, prefix="a group inside: "
)

PARTS = (
    Part("deny", "what is denied cannot be opened or made any more; what was open stays open", partial(_observe, DENY)),
    Part("access", "reading may be allowed where writing is not", partial(_observe, ACCESS)),
    Part("list", "all may be denied but a list, which is what containers get", partial(_observe, LIST)),
    Part("nested", "a group cannot allow what the group above it denies", _nested),
)
