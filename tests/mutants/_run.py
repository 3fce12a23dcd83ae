"""Run mutants: each as an edit of a copy of the package, which is taken back afterwards."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

from tests.mutants import ROOT, Edit, Mutant
from tests.mutants._stable import LONGEST

STABLE = Path(__file__).with_name("_stable.py")


@dataclass(frozen=True)
class Outcome:
    """What came of a mutant: "caught", "held" (nobody noticed), "unsupported" here, or "invalid" (it does not run).

    Without a mutant it is the part as it is, which has to hold: otherwise it would seem to notice every variant.
    """

    part: str
    mutant: Mutant | None
    verdict: str
    said: str
    seconds: float

    @property
    def about(self) -> str:
        """What was run."""
        return self.mutant.about if self.mutant else "as it is"

    @property
    def fails(self) -> bool:
        """Whether this is a fault: a variant that is not noticed without a reason, one that is no variant, or a part
        that does not hold as it is.
        """
        if self.mutant is None:
            return self.verdict not in ("held", "unsupported")
        return self.verdict == "invalid" or (self.verdict == "held" and not self.mutant.survives)


class Copy:
    """A copy of the package, and a process that runs parts of demos from it; for one thread at a time."""

    def __init__(self, directory: Path) -> None:
        self.root = directory
        # Who is not root inside a demo imports from it, too.
        directory.chmod(0o755)
        # With the times of the files, so that what was compiled before is not compiled again.
        shutil.copytree(ROOT / "nslab", directory / "nslab")
        self._stable = subprocess.Popen(
            [sys.executable, "-P", str(STABLE)], cwd="/", env={**os.environ, "PYTHONPATH": str(directory)}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self._answer()

    def run(self, subject: str, part: str, mutant: Mutant | None = None, longest: float = LONGEST) -> Outcome:
        """Run a part, as it is or broken, for `longest` seconds at most. Raises ValueError where the mutant's text is
        not there exactly once.
        """
        started = time.monotonic()
        if mutant is None:
            verdict, said = self._verdict(subject, part, False, longest)
        else:
            with edited(self.root, mutant.edit):
                verdict, said = self._verdict(subject, part, True, longest)
        return Outcome(part, mutant, verdict, said, time.monotonic() - started)

    def _verdict(self, subject: str, part: str, variant: bool, longest: float) -> tuple[str, str]:
        assert self._stable.stdin
        job = {"subject": subject, "part": part, "variant": variant, "longest": longest}
        self._stable.stdin.write(json.dumps(job) + "\n")
        self._stable.stdin.flush()
        answer = self._answer()
        if answer["status"] is None:
            return "caught", f"it had not ended after {longest:.0f} s"
        if answer["said"] is None:
            return "caught", f"it ended with status {answer['status']}"
        return tuple(answer["said"])

    def _answer(self) -> Any:
        assert self._stable.stdout
        line = self._stable.stdout.readline()
        if not line:
            raise RuntimeError(f"{STABLE.name} has ended with status {self._stable.wait()}")
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        with self._stable:
            assert self._stable.stdin
            self._stable.stdin.close()


@contextmanager
def a_copy() -> Iterator[Copy]:
    """A Copy, for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="nslab-mutant-") as directory:
        copy = Copy(Path(directory))
        try:
            yield copy
        finally:
            copy.close()


@contextmanager
def edited(root: Path, edit: Edit) -> Iterator[None]:
    """Have the edit made below `root`, for as long as the block runs. Raises ValueError."""
    path = root / edit.file
    cache = Path(cache_from_source(str(path)))
    before, text = path.stat(), path.read_text(encoding="utf-8")
    if text.count(edit.old) != 1:
        raise ValueError(f"{edit.file}: {edit.old!r} stands there {text.count(edit.old)} times, and has to once")
    # Bytecode is known by the second and the size of the text that it was made of, and so may be another text's.
    compiled = cache.read_bytes() if cache.exists() else None
    cache.unlink(missing_ok=True)
    path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(text, encoding="utf-8")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        cache.unlink(missing_ok=True)
        if compiled is not None:
            cache.parent.mkdir(exist_ok=True)
            cache.write_bytes(compiled)
