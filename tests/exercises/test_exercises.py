"""Every exercise both ways: each reference passes, and each wrong attempt gets the message that helps.

`NSLAB_SEEDS=20 pytest tests/exercises` does it with so many seeds, drawn anew. The first line of a wrong attempt says
how it has to end, and a piece of what the learner is told: `# not yet: wanted 64 MiB`. A line `# hint: …` has a piece
of the first hint.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from nslab.course.checking import checker, scenes
from nslab.course.checking.exercise import KINDS, PARTS, all_exercises, find
from nslab.course.checking.outcome import Status
from nslab.lab.client.host import host
from nslab.lab.upkeep import locks
from nslab.linux import files
from tests.exercises import attempt, table

DRAW = random.Random(os.environ.get("PYTEST_XDIST_TESTRUNUID"))
"""All workers of a run collect the same tests."""
SEEDS = [7] if "NSLAB_SEEDS" not in os.environ else DRAW.sample(range(checker.SEEDS), int(os.environ["NSLAB_SEEDS"]))
ATTEMPTS = [(each.name, file) for each in all_exercises() for file in [*each.references().values(), *each.wrong()]]


COUNT = {"clone-count", "group-count-them", "name-for-all", "pid-how-deep"}
"""Those that run a program, or watch for a while, and so take longer: another load does not change what they see."""


FOLLOWS = bool(os.environ.get("NSLAB_USER_FOLLOWS"))
"""Whether a user runs the same tests after root, on the same kernel (tests/v2/init.sh)."""


def marks(task, file):
    """Where a check measures, another load may spoil it: such a test is run with no other beside it. And what a second
    kernel need not show once more: what has no cgroups. Where both are there root has the wrong attempts, and the user
    the references, unless they ask for root. What a wrong attempt gets where cgroups are asked is the same for a user
    on this kernel, too.
    """
    measured = [pytest.mark.measured] if task.measures and task.name not in COUNT else []
    wrong = file.startswith("wrong-")
    ways = [pytest.mark.any_user] if wrong and task.subsystems else []
    user = os.geteuid() != 0
    others = wrong if user else FOLLOWS and not wrong and not task.privileged
    seen = not task.subsystems or others
    return [*measured, *ways, *([pytest.mark.any_version] if seen else [])]


MARKED = [pytest.param(name, file, id=f"{name}-{file}", marks=marks(find(name), file)) for name, file in ATTEMPTS]
COMES = 20.0
"""Seconds in which a state has come about that an attempt brings about in the background."""
QUICK = 0.5
"""Seconds that a check takes at most which does not measure; the least of several, as others run, too."""
MEASURES = 3.0
LOOKS = 8
"""How often it may be looked, until one look is as quick as it has to be."""


class Stages:
    """The process that holds the scenes of these tests; after one that has ended another, so that one test fails."""

    def __init__(self):
        self._server = None

    def __call__(self, line):
        if self._server is None:
            environment = {**os.environ, scenes.MARK: "tests", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
            self._server = subprocess.Popen([sys.executable, "-m", "tests.exercises.stages"], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, text=True, env=environment)  # fmt: skip
        with contextlib.suppress(BrokenPipeError):  # it has ended; below that is found out
            self._server.stdin.write(line + "\n")
            self._server.stdin.flush()
        answer = self._server.stdout.readline()
        if not answer:
            status = self.close()
            pytest.fail(f"{line}: the process that holds the scenes ended with {status}: see what it said above")
        return json.loads(answer)

    def close(self):
        server, self._server = self._server, None
        if server is None:
            return None
        with contextlib.suppress(BrokenPipeError):  # as above
            server.stdin.close()
        server.stdout.close()
        return server.wait(20)


@pytest.fixture(scope="module")
def stages():
    # Where a cgroup of v2 is delegated, what is in it has to be nslab's own, or nothing can be made there: this process
    # is, once it has a keeper.
    host().call(os.getpid)
    made = Stages()
    yield made
    made.close()


def scene_of(stages, name, seed):
    """The scene of an exercise, begun anew; skips where this machine or user cannot."""
    told = stages(f"{name} {seed}")
    assert "failed" not in told, told["failed"]
    if "unsupported" in told:
        pytest.skip(f"{told['unsupported']}: {told['why']}. To mend it: {told['mend']}")
    return scenes.Held.from_dict(told).scene


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("name", "file"), MARKED)
def test_an_attempt_gets_what_it_deserves(name, file, seed, stages, record_property):
    task = find(name)
    scene = scene_of(stages, name, seed)
    if file == next(iter(task.references().values())):
        untouched(task, seed, scene)
    program = task.program(file, scene)
    wanted, message = expected(program)
    form = file.rpartition(".")[2]
    with attempt.running(program, form) as answer:
        scene = replace(scene, answer=answer if task.answer else "")
        deadline = time.monotonic() + COMES
        while True:
            outcome = checker.judged(task, seed, scene)
            right = outcome.status == wanted and message in outcome.message
            if right or time.monotonic() > deadline or (task.measures and outcome.status is not Status.NOT_BEGUN):
                break
            time.sleep(0.02)
        record_property(table.GOT, "\t".join([name, file, outcome.status, " ".join(outcome.message.split())]))
        assert right, f"{name}, {file}: wanted {wanted}: {message}\n{outcome}"
        told = re.search(r"^(?:#|//) hint: (.+)$", program, re.MULTILINE)
        assert not told or told[1] in outcome.wrong.hints[0], outcome.wrong
        if task.answer and wanted is Status.NOT_YET:
            assert not (told := copied(task, seed, scene, outcome)), (
                f"a failed check tells the answer: {told}\n{outcome}"
            )
    stages("")


def copied(task, seed, scene, outcome):
    """What a failed check has shown that passes as the next answer: numbers and names, one by one and together.

    A list of all that may be answered tells nothing. Where a check measures, only what was found is tried.
    """
    texts = [
        " ".join([finding.found] if task.measures else [finding.looked, finding.wanted, finding.found])
        for finding in outcome.findings
        if not finding.right and not re.match("(one|some) of ", finding.wanted)
    ]
    words = list(dict.fromkeys(word for text in texts for word in re.findall(r"[\w./-]*\w", text)))
    answers = [*(word for word in words if word.isdecimal() or not task.measures), *texts]
    return [
        each
        for each in dict.fromkeys(answers)
        if each != scene.answer and checker.judged(task, seed, replace(scene, answer=each)).passed
    ]


def expected(program):
    """How it has to end, and what its learner has to be told; what is no wrong attempt has to pass."""
    found = re.match(r"(?:#|//|/\*) (not yet|not begun): (.+?)(?: \*/)?$", program, re.MULTILINE)
    return (Status(found[1]), found[2]) if found else (Status.PASSED, "")


def busy():
    """Seconds until now in which somebody waited for a CPU (accounting/psi.rst); 0 where the kernel does not count."""
    with contextlib.suppress(OSError):
        return int(re.match(r"some .* total=(\d+)", files.read("/proc/pressure/cpu"))[1]) / 1e6
    return 0.0


def seconds(look):
    """Seconds that it takes without waiting for its turn, on a machine with nothing else to do, and its outcome.

    While others want the CPUs a clock tells nothing of it: then those seconds count in which a CPU works for it.
    """
    began, work, others, turn = time.monotonic(), sum(os.times()[:4]), busy(), locks.waited()
    outcome = look()
    worked, waited = sum(os.times()[:4]) - work, busy() - others + locks.waited() - turn
    return max(worked, time.monotonic() - began - waited), outcome


def untouched(task, seed, scene):
    """What a check says before anything was done: quickly, and with hints that say more each time."""
    took, limit = [], MEASURES if task.measures else QUICK
    while len(took) < LOOKS and min(took, default=limit) >= limit:
        took_now, outcome = seconds(lambda: checker.judged(task, seed, scene))
        took.append(took_now)
    assert min(took) < limit
    assert outcome.status in (Status.NOT_YET, Status.NOT_BEGUN), f"it passes before anything was done: {outcome}"
    hints = outcome.wrong.hints
    assert len(set(hints)) == len(hints) >= 1
    assert task.answer or len(hints) >= 2, "a learner who is stuck needs a second hint, that says more"


@pytest.mark.pure
@pytest.mark.parametrize("task", all_exercises(), ids=lambda task: task.name)
def test_an_exercise_has_all_that_it_must_have(task):
    assert re.fullmatch(r"[a-z0-9-]{3,20}", task.name), "its sandboxes are called NAME.ROLE, in 32 characters"
    assert task.kind in KINDS
    assert re.fullmatch(r"\d\d", task.lesson)
    assert (task.kind in ("find", "reckon")) <= bool(task.answer)
    assert {"sh", "py"} & set(task.references())
    assert len(task.references()) >= 2
    assert len(task.wrong()) >= 3
    for seed in (1, 2, 3):
        text = task.text(seed)
        assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == list(PARTS)
    assert not re.search(r"\b(simply|just|obviously)\b", text.lower())
    drawn = [task.drawn(seed) for seed in range(30)]
    assert not drawn[0] or len({json.dumps(each) for each in drawn}) > 1, "neighbours are to have different values"
    assert drawn[5] == task.drawn(5)


@pytest.mark.pure
@pytest.mark.parametrize(("name", "file"), [(n, f) for n, f in ATTEMPTS if f.startswith("wrong-")])
def test_a_wrong_attempt_says_what_it_must_get(name, file):
    text = find(name)._file(file)
    assert expected(text)[0] is not Status.PASSED, "its first line: # not yet: …, or # not begun: …"
