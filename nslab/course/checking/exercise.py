"""What every exercise has: a class in its folder's task.py says where it belongs, what is drawn, made and checked."""

from __future__ import annotations

import difflib
import pkgutil
import random
import shutil
import sys
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from importlib import import_module, resources

from nslab.cgroups.core.location import where
from nslab.course import exercises
from nslab.course.checking.outcome import Finding
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.errors import Unsupported
from nslab.experiment.byhand import filled
from nslab.lab.power import privilege, settings
from nslab.linux import ns, process

KINDS = {
    "make": "bring the kernel into a state",
    "find": "an answer that only the kernel of this scene knows",
    "mend": "a scene that is broken as real ones are",
    "reckon": "say the number, then measure",
}
"""Kind of exercise → what is to be done."""
FORMS = {"sh": "in a shell", "py": "in Python", "c": "in C"}
"""Ending of a reference's file → where it is to be run."""
PARTS = ("Goal", "Given")
"""The headings of a task's text, after its title and the situation."""

NSLAB = f"{sys.executable} -m nslab"
"""What runs this very nslab, whatever else is on the PATH."""


class Exercise:
    """A subclass in `nslab/course/exercises/NAME/task.py`, named Task, says what is particular to one exercise.

    `lesson` is the number of the lesson that it ends, `place` its place among that lesson's (the easiest is 1);
    `answer` says what is to be answered, where something is. What it needs of the machine is named in `namespaces`,
    `subsystems`, `programs` and `privileged` (root over the machine); `why_not()` adds what these cannot say.
    """

    lesson = ""
    place = 1
    kind = "make"
    answer = ""
    incident = False
    measures = False
    """Whether a check has to measure, and so takes up to 3 s; others answer within half a second."""
    namespaces: tuple[str, ...] = ()
    subsystems: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    privileged = False

    # -- what a subclass says --------------------------------------------------------------------------

    def values(self, draw: random.Random) -> Mapping[str, str | int | float]:
        """Names, numbers and limits that differ from learner to learner."""
        return {}

    def scene(self, stage: Stage) -> None:
        """Make what the learner finds; without it the exercise has no scene."""

    def check(self, scene: Scene) -> Iterable[Finding]:
        """Read the kernel. Raises NotBegun where nothing is there that could be checked."""
        raise NotImplementedError

    def forms(self, scene: Scene) -> Mapping[str, object]:
        """More values for the references and the wrong attempts, from the scene."""
        return {}

    def why_not(self) -> Unsupported | None:
        """Why this machine or this user cannot do it, beside what is named above."""
        return None

    # -- what follows from it --------------------------------------------------------------------------

    @cached_property
    def name(self) -> str:
        """Its name, which its folder has with underscores."""
        return type(self).__module__.split(".")[-2].replace("_", "-")

    @property
    def has_scene(self) -> bool:
        """Whether something is made for the learner to begin with."""
        return type(self).scene is not Exercise.scene

    def drawn(self, seed: int) -> dict[str, str | int | float]:
        """The values of this seed."""
        return dict(self.values(random.Random(f"{self.name} {seed}")))

    @cached_property
    def title(self) -> str:
        """The first line of its text."""
        return self._file("task.md").partition("\n")[0].removeprefix("# ")

    def text(self, seed: int) -> str:
        """What the learner reads, as Markdown without the title: the situation, the goal, what is given."""
        text = self._file("task.md").partition("\n")[2].strip()
        return filled(text, self.drawn(seed), f"{self.name}, task.md")

    def references(self) -> dict[str, str]:
        """Form ("sh", "py", "c") → the name of the file with a way that passes."""
        return {form: f"reference.{form}" for form in FORMS if f"reference.{form}" in self._files()}

    def wrong(self) -> list[str]:
        """The names of the files with plausible attempts that do not pass."""
        return sorted(name for name in self._files() if name.startswith("wrong-"))

    def program(self, file: str, scene: Scene, nslab: str = NSLAB) -> str:
        """One of these files, with this scene's values in it; `nslab` is what runs this very nslab."""
        values = {**self._common(), "nslab": nslab, **scene.values, **self.forms(scene)}
        return filled(self._file(file), values, f"{self.name}, {file}")

    def unsupported(self) -> Unsupported | None:
        """What this machine or this user lacks for it, or None."""
        lacking = self.namespaces and not privilege.has("CAP_SYS_ADMIN") and settings.unsupported()
        if lacking:
            return lacking
        for kind in self.namespaces:
            if kind not in ns.available():
                return Unsupported(f"the namespace type {kind}", f"this kernel has no /proc/self/ns/{kind}",
                                   f"use a kernel with {ns.OPTIONS[kind]} (vagrant up gives one)")  # fmt: skip
        for subsystem in self.subsystems:
            try:
                where(subsystem)
            except Unsupported as e:
                return e
        for program in self.programs:
            if not shutil.which(program):
                return Unsupported(f"the program {program}", "it is not on the PATH", f"sudo apt-get install {program}")
        if self.privileged and not privilege.rules_the_machine("CAP_SYS_ADMIN"):
            return Unsupported(f"the exercise {self.name}", privilege.lacking("CAP_SYS_ADMIN", machine=True) or
                               "it asks for root", privilege.mend("CAP_SYS_ADMIN", machine=True))  # fmt: skip
        return self.why_not()

    def _common(self) -> dict[str, object]:
        """What any program may have in it: how unshare(1) is called by this user."""
        plain = process.has_capability(process.CAP_SYS_ADMIN)
        return {"unshare": "unshare" if plain else "unshare --user --map-root-user"}

    def _file(self, name: str) -> str:
        return resources.files(type(self).__module__.rpartition(".")[0]).joinpath(name).read_text(encoding="utf-8")

    @cache  # noqa: B019  (one object of each exercise lives as long as the program)
    def _files(self) -> frozenset[str]:
        return frozenset(each.name for each in resources.files(type(self).__module__.rpartition(".")[0]).iterdir())


@cache
def names() -> tuple[str, ...]:
    """The names of all exercises, in the order of the alphabet."""
    found = (module.name for module in pkgutil.iter_modules(exercises.__path__) if module.ispkg)
    return tuple(sorted(name.replace("_", "-") for name in found))


def find(name: str) -> Exercise:
    """The exercise with this name. Raises ValueError with the nearest ones, TypeError for what is no string."""
    if not isinstance(name, str):
        raise TypeError(f"name={name!r}: give the name of an exercise, such as {names()[0]!r}")
    if name not in names():
        near = difflib.get_close_matches(name, names(), n=4, cutoff=0.4)
        hint = f"did you mean {', '.join(near)}?" if near else "`nslab exercises` lists them"
        raise ValueError(f"name={name!r}: there is no such exercise; {hint}")
    return _made(name)


@cache
def _made(name: str) -> Exercise:
    made = import_module(f"{exercises.__name__}.{name.replace('-', '_')}.task").Task()
    assert isinstance(made, Exercise)
    return made


@cache
def all_exercises() -> tuple[Exercise, ...]:
    """All exercises, in the order of the lessons; the incidents are last."""
    return tuple(sorted(map(find, names()), key=lambda each: (each.incident, each.lesson, each.place, each.name)))
