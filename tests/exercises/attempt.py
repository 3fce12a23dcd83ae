"""A reference or a wrong attempt, run as a learner would run it: a shell script, a cell of Python, a C program."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import cgroupfs, files, process

ENV = "NSLAB_ATTEMPT"
SECONDS = 60.0
"""For a script to end, or a cell to have run."""
READY = "the cell has run"


@contextlib.contextmanager
def running(program: str, form: str) -> Iterator[str]:
    """Run it; what it leaves running lives until the end of the block. Yields its answer: the last line it printed."""
    mark = os.urandom(8).hex()
    with tempfile.TemporaryDirectory(prefix="nslab-attempt-") as directory, contextlib.ExitStack() as end:
        source, out = Path(directory, f"attempt.{form}"), Path(directory, "out")
        source.write_text(program)
        command = _command(form, source)
        with open(out, "w") as written:
            environment = {**os.environ, ENV: mark, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
            ran = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=written, stderr=subprocess.STDOUT, cwd="/tmp",
                                   env=environment, start_new_session=True)  # fmt: skip
        end.callback(_end_all, mark, ran.pid)
        end.callback(_end, ran, form)
        _wait(ran, form, out)
        lines = [line for line in out.read_text(errors="replace").splitlines() if line != READY]
        yield lines[-1].strip() if lines else ""


def _command(form: str, source: Path) -> list[str]:
    if form == "sh":
        return ["sh", str(source)]
    if form == "py":
        # As in a notebook: what a cell has made stays in its variables until the kernel ends.
        cell = f"exec(compile(open({str(source)!r}).read(), 'cell', 'exec'))\nprint({READY!r}, flush=True)\n"
        return [sys.executable, "-c", f"{cell}import sys\nsys.stdin.read()"]
    program = source.with_suffix("")
    subprocess.run(["cc", "-Wall", "-Werror", "-o", str(program), str(source)], check=True)
    return [str(program)]


def _wait(ran: subprocess.Popen[bytes], form: str, out: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while ran.poll() is None and READY not in out.read_text(errors="replace") and form != "c":
        if time.monotonic() > deadline:
            raise TimeoutError(f"it had not ended after {SECONDS:.0f} s; it said: {out.read_text(errors='replace')}")
        time.sleep(0.01)
    if form == "py" and ran.poll() is not None:
        raise AssertionError(f"the cell failed: {out.read_text(errors='replace')}")


def _end(ran: subprocess.Popen[bytes], form: str) -> None:
    """A notebook's kernel ends in order, and with it what its variables held; a program that stays is killed."""
    assert ran.stdin
    ran.stdin.close()
    try:
        ran.wait(5 if form == "py" else 0)
    except subprocess.TimeoutExpired:
        ran.kill()
        ran.wait()


def _end_all(mark: str, session: int) -> None:
    """Kill what carries the mark of this attempt, however it was started, until nothing does.

    What is in the middle of an execve(2) shows no environment: it is known by the session that the attempt began.
    """
    deadline = time.monotonic() + 30
    while marked := [pid for pid in os.listdir("/proc") if pid.isdigit() and _has(pid, mark, session)]:
        assert time.monotonic() < deadline, f"an attempt left {marked}"
        for pid in marked:
            with contextlib.suppress(OSError):
                process.kill(int(pid))
        time.sleep(0.01)
    _sweep()


def _sweep() -> None:
    """Remove what a container by hand leaves when it is killed at once with the process that cleans up after it."""
    points = cgroupfs.mount_points().values()
    groups = {name for point in points for name in os.listdir(point) if name.startswith("by-hand-")}
    tables = re.findall("by-hand-[0-9]+", _tables())
    for name in {*groups, *tables, *(each.name for each in Path("/tmp").glob("by-hand-*"))}:
        number = name.removeprefix("by-hand-")
        if number.isdigit() and not process.runs(number):
            # Its own, in another test, may be at it, too.
            with contextlib.suppress(OSError):
                if name in tables:
                    subprocess.run(["nft", f"delete table ip {name}"], capture_output=True)
                shutil.rmtree(f"/tmp/{name}", ignore_errors=True)
                for point in points:
                    cgroup_cleanup.remove(f"{point}/{name}")
                    cgroupfs.take_back(point, "by-hand")


def _tables() -> str:
    try:
        return subprocess.run(["nft", "list", "tables"], capture_output=True, text=True).stdout
    except FileNotFoundError:
        return ""


def _has(pid: str, mark: str, session: int) -> bool:
    try:
        if not process.runs(pid):
            return False
        return os.getsid(int(pid)) == session or f"{ENV}={mark}" in files.read(f"/proc/{pid}/environ").split("\0")
    except OSError:
        return False
