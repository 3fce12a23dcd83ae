"""Run one situation, and say what was wrong with it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import uuid

from nslab.lab.upkeep import session
from nslab.linux import cgroupfs
from tests.cases.situation import NSLAB, ROOT
from tests.fuzz.draw import Situation, draw

MARK = "NSLAB_FUZZ"
PATIENCE = 150.0
"""Seconds within which every command ends; the longest part takes some 15 on a quiet machine."""
GONE = 8.0
"""Seconds after its end within which nothing of it is there any more."""
STRANGERS = 5


def possible(seed: int) -> Situation:
    """The first situation of that seed that can be made on this machine."""
    for attempt in range(100):
        situation = draw(seed, attempt)
        tried = subprocess.run([*situation.within, "true"], cwd=ROOT, capture_output=True, timeout=60)
        if tried.returncode == 0:
            return situation
    raise AssertionError(f"no situation of seed {seed} can be made here")


def wrong(situation: Situation) -> list[str]:
    """What was wrong: a traceback, another exit status, something left behind, a stranger hurt. Nothing is right."""
    mark = uuid.uuid4().hex
    before = _cgroups()
    strangers = [subprocess.Popen(["sleep", "600"]) for _ in range(STRANGERS)]
    try:
        found = _ran(situation, mark)
        hurt = sum(each.poll() is not None for each in strangers)
        return found + ([f"{hurt} strangers were hurt"] if hurt else []) + _left(mark, before)
    finally:
        for each in strangers:
            each.kill()
            each.wait()


def _ran(situation: Situation, mark: str) -> list[str]:
    changed = {**os.environ, "PYTHONPATH": ROOT, **situation.environment, MARK: mark}
    environment = {name: value for name, value in changed.items() if value is not None}
    started = subprocess.Popen([*situation.within, *NSLAB, *situation.argv], env=environment, cwd=ROOT,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               start_new_session=True)  # fmt: skip
    try:
        out, err = started.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, signal.SIGKILL)
        started.communicate()
        return [f"it still ran after {PATIENCE:.0f} s"]
    said = (out + err).decode(errors="replace")
    allowed = {0, 2, 69, *([1] if situation.argv[0] == "doctor" else [])}
    found = []
    if started.returncode not in allowed:
        found.append(f"exit status {started.returncode}: {said[-1500:]}")
    if "Traceback (most recent call last)" in said:
        found.append(f"a traceback: {said[-3000:]}")
    if not said.strip() and started.returncode != 0:
        found.append(f"exit status {started.returncode} without a word")
    return found


def _left(mark: str, before: set[str]) -> list[str]:
    deadline = time.monotonic() + GONE
    while (left := [*_processes(mark), *sorted(_cgroups() - before)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    return [f"left: {each}" for each in left]


def _processes(mark: str) -> list[str]:
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as environ, open(f"/proc/{pid}/cmdline", "rb") as command:
                if f"{MARK}={mark}".encode() in environ.read():
                    found.append(f"process {pid} {command.read()[:100]!r}")
        except OSError:
            continue
    return found


def _cgroups() -> set[str]:
    return {
        f"cgroup {top}/{name}"
        for point in cgroupfs.mount_points().values()
        for top, names, _ in os.walk(point)
        for name in names
        if name.startswith("nslab-") and name.count("-") >= 3 and session.dead(name.removeprefix("nslab-"))
    }
