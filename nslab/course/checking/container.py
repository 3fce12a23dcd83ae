"""What the ten steps of lesson 19 share: a root file system, the program so far, and what is looked at."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

from nslab.container import rootfs, steps
from nslab.course.checking import look
from nslab.course.checking.exercise import NSLAB, Exercise
from nslab.course.checking.look import Process
from nslab.course.checking.outcome import Finding, NotBegun
from nslab.course.checking.scene import Scene
from nslab.course.checking.stage import Stage
from nslab.linux import process

RUN = (
    "The file in the directory that is given is the program so far. What does it not do yet?",
    "Start your program with the root file system and the command `sleep`, and leave it running while you check.",
)
WRITTEN = {
    "py": "program = r'''{program}'''\nwith open(\"{file}\", \"w\") as f:\n    f.write(program)\n"
          "import subprocess\nsubprocess.Popen({words})\n",
    "sh": "cat >{file} <<'END-OF-PROGRAM'\n{program}\nEND-OF-PROGRAM\n{line} &\n",
}  # fmt: skip
"""Form → how a reference writes the program and starts it."""


class Step(Exercise):
    """A subclass has `place`, the number of its step, and `forms_of`, the forms that its references have."""

    lesson = "19"
    forms_of: tuple[str, ...] = ("py", "sh")

    def values(self, draw: Random) -> Mapping[str, str | int | float]:
        return {"seconds": draw.randrange(10_000, 90_000)}

    def scene(self, stage: Stage) -> None:
        directory = stage.directory()
        rootfs.make(directory / "rootfs")
        stage.note("directory", str(directory))
        stage.give(f"a root file system: `{directory}/rootfs`")
        for form in ("py", "sh") if self.place > 1 else ():
            (directory / f"container.{form}").write_text(steps.program(self.place - 1, form), encoding="utf-8")
            started = " ".join(command(directory, form, self.place - 1, stage.values["seconds"]))
            stage.give(
                f"the program so far, for you to edit: `{directory}/container.{form}`; it is started by `{started}`"
            )
        stage.give("they go with the scene: copy what you want to keep")

    def references(self) -> dict[str, str]:
        return {form: f"reference.{form}" for form in self.forms_of}

    def program(self, file: str, scene: Scene, nslab: str = NSLAB) -> str:
        name, _, form = file.partition(".")
        if name != "reference":
            return super().program(file, scene, nslab)
        directory = Path(scene.notes["directory"])
        if form == "c":
            given = ", ".join(
                f'"{each}"' for each in ("container", directory / "rootfs", "sleep", scene.values["seconds"])
            )
            as_given = f"static char *given[] = {{{given}, NULL}};\n    argc = 4, argv = given;\n    if (argc"
            return steps.finished("c").replace("if (argc", as_given)
        words = command(directory, form, self.place, scene.values["seconds"])
        return WRITTEN[form].format(file=directory / f"container.{form}", line=" ".join(words), words=words,
                                    program=steps.program(self.place, form).rstrip("\n"))  # fmt: skip

    def forms(self, scene: Scene) -> Mapping[str, object]:
        directory = Path(scene.notes["directory"])
        so_far = command(directory, "py", self.place - 1, scene.values["seconds"])
        return {"rootfs": directory / "rootfs", "so_far": " ".join(so_far)}

    def check(self, scene: Scene) -> Iterator[Finding]:
        seconds = str(scene.values["seconds"])
        found = look.running("sleep", seconds)
        if not found:
            raise NotBegun(f"the processes that run sleep {seconds}", "one", "none", *RUN)
        yield from self.look_at(found[-1], scene)

    def look_at(self, inside: Process, scene: Scene) -> Iterator[Finding]:
        """What has to be so of the command that was started last."""
        raise NotImplementedError


def command(directory: Path, form: str, step: int, seconds: object) -> list[str]:
    """How the program of a step is started by this user."""
    plain = step >= steps.OWN_USER or process.has_capability(process.CAP_SYS_ADMIN)
    runs = [sys.executable] if form == "py" else ["sh"]
    as_root = [] if plain else list(steps.AS_ROOT)
    return [*as_root, *runs, str(directory / f"container.{form}"), str(directory / "rootfs"), "sleep", str(seconds)]


def own(kind: str, inside: Process, hints: tuple[str, ...]) -> Finding:
    """Whether the command has a namespace of a type that is not the machine's."""
    has = inside.has_own(kind)
    found = "its own" if has else "the machine's"
    return Finding(kind, f"the {kind} namespace of process {inside.pid}", "its own", found, has, hints)


def release(root: str) -> str:
    """What the os-release of a root directory says that it is; "none" without one."""
    try:
        lines = Path(root, "etc/os-release").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "none"
    return next((line[3:].strip('"') for line in lines if line.startswith("ID=")), "none")


def root_of(pid: int) -> str:
    """The root directory of a process, as a path of this one's (proc_pid_root(5))."""
    return f"/proc/{pid}/root"
