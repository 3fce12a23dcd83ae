"""Run mutants: each from a copy of the package, as a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutants import ROOT, Edit, Mutant

LONGEST = 120.0
"""Seconds that one part may take."""
ONCE = Edit("nslab/experiment/run.py", "TRIES = 3\n", "TRIES = 1\n")
"""What is broken is measured once: it would only take longer to say so three times."""
_RUN = """
import sys
from importlib import import_module
from nslab.course.demos import demo_of
from nslab.errors import Unsupported
try:
    evidence = demo_of(sys.argv[1])(only=sys.argv[2])
except Unsupported as e:
    print("unsupported", e.line)
    sys.exit(0)
print("held" if evidence.holds else f"caught {evidence.failures[0] if evidence.failures else 'no rows'}")
"""
_MISTAKES = ("NameError", "SyntaxError", "IndentationError", "ImportError", "AttributeError", "UnboundLocalError")


@dataclass(frozen=True)
class Outcome:
    """What came of a mutant: "caught", "held" (nobody noticed), "unsupported" here, or "invalid" (it does not run)."""

    mutant: Mutant
    verdict: str
    said: str
    seconds: float

    @property
    def fails(self) -> bool:
        """Whether this is a fault: a variant that is not noticed without a reason, or one that is no variant."""
        return self.verdict == "invalid" or (self.verdict == "held" and not self.mutant.survives)


def run(subject: str, mutant: Mutant) -> Outcome:
    """Run one mutant's part. Raises ValueError where its text is not in the program exactly once."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nslab-mutant-") as directory:
        os.chmod(directory, 0o755)
        # With the times of the files, so that what was compiled before is not compiled again.
        shutil.copytree(ROOT / "nslab", Path(directory) / "nslab")
        for each in (mutant.edit, ONCE):
            apply(Path(directory), each)
        verdict, said = _verdict(subject, mutant.part, directory)
    return Outcome(mutant, verdict, said, time.monotonic() - started)


def apply(root: Path, edit: Edit) -> None:
    """Make the edit below `root`. Raises ValueError."""
    path = root / edit.file
    text = path.read_text(encoding="utf-8")
    if text.count(edit.old) != 1:
        raise ValueError(f"{edit.file}: {edit.old!r} stands there {text.count(edit.old)} times, and has to once")
    # A new file, with a new time: the old one's bytecode is not for it.
    path.unlink()
    path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")


def _verdict(subject: str, part: str, directory: str) -> tuple[str, str]:
    env = {**os.environ, "PYTHONPATH": directory}
    # What is broken may rename the machine, mount on it, or change its limits: root's has those for itself.
    apart = ("unshare", "--mount", "--uts", "--ipc") if os.geteuid() == 0 else ()
    command: Sequence[str] = [*apart, sys.executable, "-P", "-c", _RUN, subject, part]
    try:
        done = subprocess.run(command, cwd="/", env=env, capture_output=True, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return "caught", f"it had not ended after {LONGEST:.0f} s"
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [""])[-1]
        mistake = any(name in last for name in _MISTAKES)
        return ("invalid" if mistake else "caught"), last
    verdict, _, said = done.stdout.strip().splitlines()[-1].partition(" ")
    return verdict, said
