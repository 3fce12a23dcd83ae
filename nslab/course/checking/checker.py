"""The verbs of an exercise, as a process does them that is not the learner's: begin, check, hint, solution, reset."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

from nslab.course import record
from nslab.course.checking import asking, exercise, scenes
from nslab.course.checking.exercise import FORMS, KINDS, Exercise
from nslab.course.checking.outcome import Finding, NotBegun, Outcome, Status, unchecked
from nslab.course.checking.scene import Scene
from nslab.errors import Unsupported, checked_choice, checked_whole
from nslab.lab.power import refusals
from nslab.lab.upkeep import locks
from nslab.linux import files
from nslab.show.status import status

SEEDS = 1_000_000
"""A seed is a whole number below this one."""
INSIDE = "NSLAB_SANDBOX"
"""In the environment of what `nslab enter` starts: the sandbox's name."""
LONGEST_ANSWER = 200
"""Characters."""
_SHOWN = 40
"""How many of them an error repeats."""
LOOKS = 3
"""How often the kernel is looked at when something ends meanwhile."""
_MACHINE_ID = "/etc/machine-id"


@dataclass(frozen=True)
class Shown:
    """A task as its card shows it: `given` is what its scene has, where it is there; `passed` is when it was."""

    exercise: str
    seed: int
    title: str
    lesson: str
    kind: str
    text: str
    answer: str
    has_scene: bool
    begun: bool
    given: tuple[str, ...]
    passed: str
    forms: tuple[str, ...]
    why: str = ""
    mend: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Shown:
        """The same again, from what to_dict() has returned."""
        return cls(**{**plain, "given": tuple(plain["given"]), "forms": tuple(plain["forms"])})

    def __rich__(self) -> Any:
        from nslab.show import exercise as show

        return show.task_as_text(self.to_dict())


@dataclass(frozen=True)
class Hint:
    """One hint: the `number`th of `of`, for what a check found missing (`about`, the key of that finding)."""

    exercise: str
    about: str
    text: str
    number: int
    of: int
    seed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Hint:
        """The same again, from what to_dict() has returned."""
        return cls(**plain)

    def __rich__(self) -> Any:
        from nslab.show import exercise as show

        return show.hint_as_text(self.to_dict())

    def __repr__(self) -> str:
        from nslab.show import terminal

        return terminal.text(self.__rich__())

    def _repr_html_(self) -> str:
        from nslab.show import exercise as show

        return show.hint_as_html(self.to_dict())


@dataclass(frozen=True)
class Solution:
    """A way that passes, with this learner's values in it; `form` is a key of FORMS."""

    exercise: str
    form: str
    program: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Solution:
        """The same again, from what to_dict() has returned."""
        return cls(**plain)

    def __str__(self) -> str:
        return self.program

    def __rich__(self) -> Any:
        return self.program

    def __repr__(self) -> str:
        return self.program

    def _repr_html_(self) -> str:
        from nslab.show import exercise as show

        return show.solution_as_html(self.exercise, FORMS[self.form], self.program)


def shown(name: str) -> Shown:
    """A task as it stands: nothing is begun."""
    task = exercise.find(name)
    if asking.somebody():
        return Shown.from_dict(asking.ask("shown", name))
    held = scenes.find(name)
    return described(task, held, held.seed if held else _seed(name), _passed(name))


def described(task: Exercise, held: scenes.Held | None, seed: int, passed: str) -> Shown:
    """A task with the scene that it has, as somebody shows it who knows its seed, and when it was passed."""
    lacking = task.unsupported()
    return Shown(
        task.name, seed, task.title, task.lesson, KINDS[task.kind], task.text(seed), task.answer, task.has_scene,
        held is not None or not task.has_scene, held.scene.given if held else (), passed,
        tuple(task.references()), f"{lacking.what}: {lacking.why}" if lacking else "", lacking.mend if lacking else "",
    )  # fmt: skip


def begin(name: str, seed: int | None = None) -> Shown:
    """Have the scene of a task made, or find the one that is there.

    Raises ValueError for a seed that is not a number from 0 to SEEDS - 1, `nslab.Unsupported`, RuntimeError.
    """
    task = exercise.find(name)
    _checked_seed(seed)
    _outside("the scene of an exercise")
    if asking.somebody():
        return Shown.from_dict(asking.ask("begin", name, seed=seed))
    with scenes.one_at_a_time():
        held = scenes.find(name)
        if held is not None and seed not in (None, held.seed):
            anew = f"`nslab reset {name} --seed {seed}` begins anew"
            raise ValueError(f"seed={seed}: {name} is begun with the seed {held.seed}; {anew}")
        if held is None:
            _begin(task, _seed(name) if seed is None else seed)
    return shown(name)


def _begin(task: Exercise, seed: int) -> None:
    lacking = task.unsupported()
    if lacking:
        raise lacking
    record.note("begin", exercise=task.name, seed=seed)
    if task.has_scene:
        scenes.begin(task.name, seed)


def reset(name: str, seed: int | None = None) -> Shown:
    """End the scene of a task and make it anew, with the same seed unless another is given. Raises as begin() does."""
    task = exercise.find(name)
    _checked_seed(seed)
    _outside("the scene of an exercise")
    if asking.somebody():
        return Shown.from_dict(asking.ask("reset", name, seed=seed))
    with scenes.one_at_a_time():
        held = scenes.find(name)
        before = held.seed if held else _seed(name)
        _end(held)
        record.note("reset", exercise=name, seed=before if seed is None else seed)
        _begin(task, before if seed is None else seed)
    return shown(name)


def end(name: str = "") -> list[str]:
    """End the scene of a task, or all that there are; return whose. Raises RuntimeError when one does not end."""
    if name:
        exercise.find(name)
    _outside("the scene of an exercise")
    if asking.somebody():
        return list(asking.ask("end", name)["ended"])
    ended = []
    with scenes.one_at_a_time():
        for held in list(scenes.held()):
            if name in ("", held.exercise):
                _end(held)
                record.note("end", exercise=held.exercise)
                ended.append(held.exercise)
    return sorted(ended)


def _end(held: scenes.Held | None) -> None:
    if held is not None and not scenes.end(held):
        raise RuntimeError(f"the scene of {held.exercise} has not ended within {scenes.END:.0f} s; its processes wait "
                           f"for something, as ps -o pid,stat,wchan,cmd {held.holder} may show; try again")  # fmt: skip


def check(name: str, answer: str | None = None) -> Outcome:
    """Look at the kernel, note in the record what was found, and return it.

    Its seconds do not count those in which it waited for others that measure. Raises TypeError, ValueError for answers
    that are none, or are not asked for.
    """
    task = exercise.find(name)
    given = checked_answer(task, answer)
    if asking.somebody() and not inside_of("a check"):
        outcome = Outcome.from_dict(asking.ask("check", name, answer=answer))
    else:
        outcome = _looked(task, given)
    said = {"answer": given} if given else {}
    findings = [[each.key, each.found, each.right] for each in outcome.findings]
    refused = record.note("check", exercise=name, seed=outcome.seed, lesson=task.lesson, status=str(outcome.status),
                          findings=findings, seconds=outcome.seconds, **said)  # fmt: skip
    return replace(outcome, unrecorded=refused)


def _looked(task: Exercise, answer: str) -> Outcome:
    held = scenes.find(task.name)
    return looked(task, answer, held, held.seed if held else _seed(task.name), _recorded(task.name))


def looked(task: Exercise, answer: str, held: scenes.Held | None, seed: int, recorded: list[dict[str, Any]]) -> Outcome:
    """What a check finds, for whoever knows the scene, the seed, and what is recorded of the task; it notes nothing."""
    began = time.monotonic() - locks.waited()
    outcome = _found(task, answer, held, seed, recorded)
    return replace(outcome, seconds=round(time.monotonic() - locks.waited() - began, 3))


def _found(task: Exercise, answer: str, held: scenes.Held | None, seed: int, recorded: list[dict[str, Any]]) -> Outcome:
    lacking = inside_of("a check") or task.unsupported()
    if lacking:
        return unchecked(task.name, seed, lacking)
    if task.has_scene and held is None:
        return Outcome(task.name, seed, Status.NOT_BEGUN, why=_why_there_is_none(recorded),
                       mend=f"nslab exercises {task.name}")  # fmt: skip
    scene = replace(held.scene if held else Scene(task.drawn(seed)), answer=answer)
    if not task.measures:
        return judged(task, seed, scene)
    with status() as tell:
        tell("measuring")
        return judged(task, seed, scene)


def _why_there_is_none(recorded: list[dict[str, Any]]) -> str:
    """Why a scene is not there: it was never begun, or it has ended without having been asked to."""
    was = [entry["what"] for entry in recorded if entry["what"] in ("begin", "end")]
    if was[-1:] != ["begin"]:
        return "the scene of this exercise is not there yet"
    return ("the scene has ended: with the terminal or the Jupyter server that it was begun from, or because the "
            "process that held it was killed; nothing of it is left")  # fmt: skip


def inside_of(what: str) -> Unsupported | None:
    """From inside a sandbox `what` would take its namespaces for the machine's."""
    inside = os.environ.get(INSIDE)
    if not inside:
        return None
    return Unsupported(what, f"this shell is inside the sandbox {inside}, and that has to be done from outside",
                       "exit   (or use another terminal)")  # fmt: skip


def _outside(what: str) -> None:
    lacking = inside_of(what)
    if lacking:
        raise lacking


def judged(task: Exercise, seed: int, scene: Scene) -> Outcome:
    """What the kernel says of a scene, or of what a learner has made without one.

    What ends while it is looked at is looked for again: that is somebody's doing, and no fault of this machine.
    """
    return replace(_looked_at(task, seed, scene), names=scene.names)


def _looked_at(task: Exercise, seed: int, scene: Scene) -> Outcome:
    for _ in range(LOOKS - 1):
        # The next look tells whether it was of the scene.
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):
            return _judged(task, seed, scene)
    try:
        return _judged(task, seed, scene)
    except OSError as e:
        return unchecked(task.name, seed, refusals.explained(e, f"a look at what {task.name} asks for"))


def _judged(task: Exercise, seed: int, scene: Scene) -> Outcome:
    gone = scene.missing
    if gone:
        return Outcome(task.name, seed, Status.NOT_YET, why=f"the scene is no longer whole: {' and '.join(gone)}",
                       mend=f"nslab reset {task.name}")  # fmt: skip
    try:
        if task.answer and not scene.answer:
            raise NotBegun("your answer", task.answer, "none", f"Answer with: nslab check {task.name} ANSWER")
        findings = tuple(task.check(scene))
    except NotBegun as e:
        return Outcome(task.name, seed, Status.NOT_BEGUN, (e.finding,))
    except Unsupported as e:
        return unchecked(task.name, seed, e)
    except (ProcessLookupError, FileNotFoundError):
        raise
    except OSError as e:
        return unchecked(task.name, seed, refusals.explained(e, f"a look at what {task.name} asks for"))
    right = bool(findings) and all(finding.right for finding in findings)
    return Outcome(task.name, seed, Status.PASSED if right else Status.NOT_YET, findings)


def hint(name: str, answer: str | None = None) -> Hint:
    """The next hint for what the kernel shows to be missing now; each says more than the one before."""
    task = exercise.find(name)
    given = checked_answer(task, answer)
    if asking.somebody() and not inside_of("a hint"):
        hinted = Hint.from_dict(asking.ask("hint", name, answer=answer))
    else:
        hinted = hint_for(_looked(task, given), _recorded(name))
    if hinted.of:
        seed = hinted.seed
        record.note("hint", exercise=name, seed=seed, lesson=task.lesson, about=hinted.about, number=hinted.number)
    return hinted


def hint_for(outcome: Outcome, recorded: list[dict[str, Any]]) -> Hint:
    """The next hint for what a check found missing, after those that are recorded of the task; it notes nothing."""
    name = outcome.exercise
    if outcome.passed:
        return Hint(name, "", "There is nothing to hint at: all that was wanted is there.", 0, 0)
    wrong = outcome.wrong
    if wrong is None:
        return Hint(name, "", f"{outcome.message}. To mend it: {outcome.mend}", 0, 0)
    hints = wrong.hints or (wrong.missing,)
    number = min(_hints_given(recorded, wrong), len(hints) - 1)
    return Hint(name, wrong.key, hints[number], number + 1, len(hints), outcome.seed)


def _hints_given(recorded: list[dict[str, Any]], wrong: Finding) -> int:
    """How many hints of this kind were given since the task was begun last."""
    given = 0
    for entry in recorded:
        if entry["what"] in ("begin", "reset"):
            given = 0
        elif entry["what"] == "hint" and entry.get("about") == wrong.key:
            given += 1
    return given


def solution(name: str, form: str | None = None) -> Solution:
    """A way that passes, with the values of this scene; it is noted in the record that it was looked at.

    Raises ValueError for a form that there is not; RuntimeError where the values are the scene's, and it is not begun.
    """
    task = exercise.find(name)
    _outside("a solution")
    if asking.somebody():
        found = Solution.from_dict(asking.ask("solution", name, form=form))
    else:
        held = scenes.find(name)
        found = solved(task, form, held, held.seed if held else _seed(name))
    record.note("solution", exercise=name, lesson=task.lesson, form=found.form)
    return found


def solved(task: Exercise, form: str | None, held: scenes.Held | None, seed: int) -> Solution:
    """A way that passes, for whoever knows the scene and the seed; it notes nothing. Raises as solution() does."""
    there = task.references()
    chosen = checked_choice("form", form, list(there)) if form is not None else next(iter(there))
    if task.has_scene and held is None:
        begin_it = f"nslab exercises {task.name}"
        raise RuntimeError(f"{task.name} is not begun, and its solution has the scene's values: {begin_it}")
    scene = held.scene if held else Scene(task.drawn(seed))
    # As everything else calls it that a learner reads, where it is found by that name.
    named = {"nslab": "nslab"} if shutil.which("nslab") else {}
    return Solution(task.name, chosen, task.program(there[chosen], scene, **named))


def _passed(name: str) -> str:
    """When a task was passed last, as in the record; "" if never. Who begins it anew has passed it still."""
    passed = [e["at"] for e in _recorded(name) if e["what"] == "check" and e.get("status") == Status.PASSED]
    return passed[-1] if passed else ""


def _recorded(name: str) -> list[dict[str, Any]]:
    """What the record has of a task; nothing where it cannot be read: the course goes on without it."""
    try:
        return record.of(name)
    except OSError:
        return []


def _seed(name: str) -> int:
    """The seed that the record has for a task; where it has none one is drawn, and noted."""
    known = _known_seed(name)
    if known is None and not record.note("seed", exercise=name, seed=random.SystemRandom().randrange(SEEDS)):
        # Of two that are noted at once, both processes take the first.
        known = _known_seed(name)
    if known is not None:
        return known
    # Without a record it has to be the same each time that it is asked for.
    return random.Random(f"{name} {os.getuid()} {os.uname().nodename} {_machine()}").randrange(SEEDS)


def _known_seed(name: str) -> int | None:
    seed = None
    for entry in _recorded(name):
        given = entry.get("seed")
        if isinstance(given, int) and (
            entry["what"] in ("begin", "reset") or (entry["what"] == "seed" and seed is None)
        ):
            seed = given
    return seed


def _machine() -> str:
    try:
        return files.read(_MACHINE_ID)
    except OSError:
        return ""


def _checked_seed(seed: int | None) -> None:
    if seed is not None:
        checked_whole("seed", seed, 0, SEEDS - 1)


def checked_answer(task: Exercise, answer: object) -> str:
    """An answer as text. Raises TypeError and ValueError for one that is none, or is not asked for."""
    if answer is None:
        return ""
    if isinstance(answer, bool) or not isinstance(answer, str | int | float):
        raise TypeError(f"answer={answer!r}: give {task.answer or 'none: this exercise asks for no answer'}")
    text = str(answer).strip()
    if not task.answer:
        raise ValueError(
            f"answer={text[:_SHOWN]!r}: {task.name} asks for no answer; the kernel's state is what is looked at"
        )
    if not 0 < len(text) <= LONGEST_ANSWER:
        given = repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}…, {len(text)} characters"
        raise ValueError(f"answer={given}: give {task.answer}, in 1 to {LONGEST_ANSWER} characters")
    return text
