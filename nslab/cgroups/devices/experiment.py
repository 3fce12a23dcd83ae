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
from typing import NamedTuple

from nslab.cgroups.bench import ioload, measure
from nslab.cgroups.bench.byhand import by_subsystem
from nslab.cgroups.bench.notes import note
from nslab.cgroups.core.group import Cgroup
from nslab.cgroups.core.versions import checked_version
from nslab.errors import Unsupported, checked_number
from nslab.experiment.evidence import Evidence, Reading
from nslab.experiment.expect import AsExpected, AtLeast
from nslab.experiment.parts import Part, Seen
from nslab.experiment.run import run
from nslab.experiment.samples import Chart, Series
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.power import privilege
from nslab.lab.power.refusals import explained
from nslab.linux import bpf, process
from nslab.linux.bpf import Rule

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
OK, EPERM = "ok", "EPERM"


@elsewhere
def demo(seconds: float = 1.0, version: int | None = None, only: str | Sequence[str] | None = None) -> Evidence:
    """Let a process open devices again and again, give its group a rule halfway, and see what is refused from then on.

    `seconds` for each measurement, 0.5 to 10; `version` 1 (files) or 2 (a BPF program) of cgroups, by default the one
    that this machine has the subsystem in; `only`: the names of PARTS to run. Raises TypeError and ValueError for other
    values, `nslab.Unsupported`. Source: devices.rst, cgroup-v2.rst ("Device controller").
    """
    version = checked_version(version)
    options = {"seconds": checked_number("seconds", seconds, 0.5, 10, "s"), "version": version}
    privilege.demand("a rule for devices", "the kernel", "CAP_SYS_ADMIN", demo="devices")
    return run("nslab.cgroups.devices", CLAIM, PARTS, only, options, by_hand=_by_hand(version))


def restrict(group: Cgroup, rules: Sequence[Rule], otherwise: bool = True) -> None:
    """Give a group rules for devices; `otherwise` is for those that none names. Raises `nslab.Unsupported`, OSError."""
    WAYS[group.version("devices")].restrict(group, rules, otherwise)


def _by_files(group: Cgroup, rules: Sequence[Rule], otherwise: bool) -> None:
    everything = [] if otherwise else [("devices.deny", "a")]
    group.write("devices", everything + [(f"devices.{'allow' if r.allow else 'deny'}", str(r)) for r in rules])


def _by_program(group: Cgroup, rules: Sequence[Rule], otherwise: bool) -> None:
    try:
        bpf.attach_to_cgroup(group.path("devices"), bpf.device_program(rules, otherwise))
    except OSError as e:
        if e.errno in (errno.EPERM, errno.EACCES):
            raise explained(e, "a BPF program for devices") from e
        raise Unsupported(
            "a BPF program for devices", f"bpf(2) answers {errno.errorcode.get(e.errno or 0, e.errno)}: this kernel "
            "was built without CONFIG_CGROUP_BPF", "use a distribution's own kernel, or the VM: vagrant up",
        ) from e  # fmt: skip


class Way(NamedTuple):
    """How a version of cgroups takes rules, and what happens when a group allows what the one above it denies."""

    restrict: Callable[[Cgroup, Sequence[Rule], bool], None]
    wider: str


# v2 accepts the program, and runs those of all groups above as well.
WAYS = {1: Way(_by_files, EPERM), 2: Way(_by_program, OK)}


@dataclass(frozen=True)
class Trial:
    """A rule and what is tried with it: `expected` is (verb, device) → the answer once the group has the rule.

    `key` begins the keys of its lines, `words` is how the rule is asked for; `otherwise` what happens to devices that
    `rules` does not name.
    """

    key: str
    words: str
    rules: tuple[Rule, ...]
    expected: Mapping[tuple[str, str], str]
    otherwise: bool = True
    prefix: str = ""


Answers = list[tuple[float, tuple[str, ...]]]
"""Each round of trying: when it ended (seconds from the start), and what was answered to each action: the numbers of
the device that it was done with, or an errno."""


@dataclass(frozen=True)
class Tried:
    """All rounds, and between which times (seconds from the start) the rule was written.

    `read` are the bytes that the process has read since then, as the kernel counts them (rchar, proc_pid_io(5)).
    """

    rounds: Answers
    began: float
    changed: float
    read: int

    @property
    def before(self) -> Answers:
        """The rounds that had ended when the rule began to be written."""
        return [answers for answers in self.rounds if answers[0] < self.began]

    @property
    def after(self) -> Answers:
        """The rounds that began after it was written: those that follow a round which ended after that."""
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
        so_far = process.io(child.pid)["rchar"]
        time.sleep(seconds / 2)
        read = process.io(child.pid)["rchar"] - so_far
        lines = [line.split() for line in child.read_output().splitlines()]
    return Tried([(float(when) - start, tuple(answers)) for when, *answers in lines], began, changed, read)


def _word(said: str) -> str:
    """An answer in one word: the numbers of a device mean "done"."""
    return OK if ":" in said else said


def _together(answers: Answers, number: int) -> str:
    """The answers to one action, each named once."""
    return ", ".join(sorted({_word(said[number]) for _, said in answers}))


def _works(trial: Trial, answers: Answers) -> str:
    """Answers as they are while everything is allowed: to each action the numbers of its device."""
    verbs = [verb for verb, _ in trial.expected]
    done = {
        f"{verb} {said}" for _, each in answers for verb, said in zip(verbs, each, strict=True) if _word(said) == OK
    }
    return ", ".join(sorted(done))


def _refused(tried: Tried) -> float | None:
    """When anything was refused first, in seconds from when the rule began to be written."""
    ends = [when for when, each in tried.rounds if any(_word(said) != OK for said in each)]
    return round(ends[0] - tried.began, 3) if ends else None


def _rows(trial: Trial, tried: Tried, treated: bool) -> list[Reading]:
    asked = trial.words if treated else "nothing"
    rows = [
        Reading(f"{trial.key}-{verb}-{os.path.basename(device)}", trial.prefix + WORDS[verb].format(device), asked,
                expected, _together(tried.after, number), AsExpected(), decisive=expected != OK)
        for number, ((verb, device), expected) in enumerate(trial.expected.items())
    ]  # fmt: skip
    left = [
        f"{verb} {'{}:{}'.format(*NUMBERS[device])}" for (verb, device), said in trial.expected.items() if said == OK
    ]
    rows += [
        Reading(f"{trial.key}-works", f"{trial.prefix}what still works, by the device's numbers", asked,
                ", ".join(sorted(left)), _works(trial, tried.after), AsExpected()),
        Reading(f"{trial.key}-refused", f"{trial.prefix}first refused, seconds after the rule", asked, 0.0,
                _refused(tried), AtLeast()),
    ]  # fmt: skip
    # One round may have begun before the kernel counted, and ended after it.
    least = ioload.KEPT * (len(tried.after) - 2)
    return rows + [
        Reading(f"{trial.key}-{verb}-bytes", f"bytes read from the {device} opened before, since the rule", asked,
                least, tried.read, AtLeast(), decisive=False)
        for verb, device in trial.expected if verb == "keep"
    ]  # fmt: skip


def _chart(trial: Trial, tried: Tried, treated: bool) -> Chart:
    end, changed = tried.rounds[-1][0], tried.changed
    lines = []
    for number, ((verb, device), expected) in enumerate(trial.expected.items()):
        if verb in ("read", "write"):
            points = tuple((max(when, 0.0), float(_word(said[number]) == OK)) for when, said in tried.rounds)
            fell = float(expected == OK)
            theory = ((0.0, 1.0), (changed, 1.0), (changed, fell), (end, fell))
            lines.append(Series(WORDS[verb].format(device), points, theory if treated else 1.0))
    return Chart("opened", "1 = yes, 0 = refused", tuple(lines), ((changed, "the rule"),) if treated else (), 1.1, True)


def _observe(trial: Trial, treated: bool, *, version: int | None, seconds: float) -> Seen:
    with Cgroup("devices", version=version) as group:
        change = partial(restrict, group, trial.rules, trial.otherwise) if treated else lambda: None
        tried = _tried(group, list(trial.expected), seconds, change)
    seen = Seen([*_rows(trial, tried, treated)], _chart(trial, tried, treated))
    seen.rows.insert(
        0, Reading(f"{trial.key}-before", f"{trial.prefix}all of these, before the rule", "nothing", OK,
                   ", ".join(sorted({_together(tried.before, n) for n in range(len(trial.expected))})), AsExpected(),
                   decisive=False)
    )  # fmt: skip
    note(seen, group)
    return seen


def _nested(treated: bool, *, version: int | None, seconds: float) -> Seen:
    own: list[str] = []
    with Cgroup("devices", version=version) as group:
        inside, expected = group.child(), WAYS[group.version("devices")].wider

        def change() -> None:
            if treated:
                restrict(group, DENY.rules)
            own.append(_answer(inside, [_rule(ZERO, allow=True)]))

        tried = _tried(inside, list(INSIDE.expected), seconds, change)
    seen = Seen([*_rows(INSIDE, tried, treated)], _chart(INSIDE, tried, treated))
    seen.rows.append(
        Reading(f"{INSIDE.key}-allow", f"{INSIDE.prefix}allow {ZERO} there", f"allow {_rule(ZERO)}", expected, own[0],
                AsExpected(), decisive=expected != OK)
    )  # fmt: skip
    note(seen, group, inside)
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
    rules, base = by_subsystem("devices", version)
    return {"c_mounts": str(int(rules.mountable)), "base": base}


DENY = Trial(
    "deny",
    f"deny {_rule(ZERO)}",
    (_rule(ZERO),),
    {("read", ZERO): EPERM, ("mknod", ZERO): EPERM, ("read", NULL): OK, ("keep", ZERO): OK},
)
ACCESS = Trial(
    "access",
    f"deny {_rule(FULL, 'w')}",
    (_rule(FULL, "w"),),
    {("write", FULL): EPERM, ("read", FULL): OK},
    prefix="denied to write: ",
)
LIST = Trial(
    "list",
    f"deny all, allow {_rule(NULL)}",
    (_rule(NULL, allow=True),),
    {("read", ZERO): EPERM, ("write", FULL): EPERM, ("write", NULL): OK},
    otherwise=False,
    prefix="a list of one: ",
)
INSIDE = Trial(
    "nested", f"{DENY.words}, above", DENY.rules, {("read", ZERO): EPERM, ("read", NULL): OK}, prefix="a group inside: "
)

PARTS = (
    Part("deny", "what is denied cannot be opened or made any more; what was open stays open", partial(_observe, DENY)),
    Part("access", "reading may be allowed where writing is not", partial(_observe, ACCESS)),
    Part("list", "all may be denied but a list, which is what containers get", partial(_observe, LIST)),
    Part("nested", "a group cannot allow what the group above it denies", _nested),
)
