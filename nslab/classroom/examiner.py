"""The service that gives marks: `python -m nslab.classroom.examiner`, root's, on a Unix socket.

Who asks is what the kernel says of the other end. What he asks for is done by a process of its own, with his rights and
out of his reach (visit.py); what comes of it is noted by this one, where he cannot write (ledger.py).
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any

from nslab.classroom import ledger, places, still, users
from nslab.classroom.kept import Kept
from nslab.course.checking import asking, checker, exercise, scenes
from nslab.course.checking.outcome import Status
from nslab.errors import Unsupported
from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import files

LONGEST = 4096
"""Bytes of a question."""
SLOWEST = 5.0
"""Seconds within which it has to be there."""
PATIENCE = 50.0
"""Seconds for one visit; whoever asked waits for 60."""
VERBS = ("shown", "begin", "check", "hint", "solution", "reset", "end")
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
"""All that a visit has beside the learner's HOME: nothing that he could have set."""

Said = dict[str, Any]


class Examiner:
    """Does what learners ask for: for each of them one thing after the other, and no more at once than CPUs twice."""

    def __init__(self) -> None:
        self._turns: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._places = threading.Semaphore(2 * (os.cpu_count() or 1))

    def answer(self, uid: int, question: Said) -> Said:
        """What a learner is told. Raises ValueError for a question that is none, `nslab.Unsupported`, RuntimeError."""
        learner = users.of_uid(uid)
        if uid == 0 and question.get("verb") == "end" and question.get("learner") in users.learners():
            # The teacher's command (telling.py): root may end everything anyway.
            learner = question["learner"]
        if learner is None:
            raise ValueError(f"uid {uid} is no learner of this class")
        verb, name = question.get("verb"), question.get("exercise")
        if verb not in VERBS:
            raise ValueError(f"verb={verb!r}: choose one of {', '.join(VERBS)}")
        if question.get("seed") is not None:
            raise ValueError(f"seed={question['seed']!r}: the class gives each learner his")
        with self._turns[learner], self._places:
            if verb == "end":
                return {"ended": _Learner(learner).end(name or "")}
            return _Learner(learner).do(str(verb), exercise.find(str(name)), question)


class _Learner:
    """One learner for the time of one question."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.entry = users.learners()[name]
        shown = users.run("systemctl", "show", f"{places.unit_of(name)}.service", "--property=ControlGroup", "--value")
        self.service = places.CGROUPS / shown.strip().lstrip("/")
        if not shown.strip() or not self.service.is_dir():
            raise Unsupported("a look at your processes", "your Jupyter server does not run",
                              "start it again: File, Hub Control Panel")  # fmt: skip
        kept = {each.exercise: each for each in Kept.all_of(name)}
        self.scenes = {exercise: each for exercise, each in kept.items() if each.held.alive and each.is_same()}
        for gone in kept.keys() - self.scenes.keys():
            kept[gone].forget()
        still.sweep(self.service, {each.cgroup for each in self.scenes.values()})

    def do(self, verb: str, task: exercise.Exercise, question: Said) -> Said:
        if verb == "reset":
            self._end(task.name)
            self._note("reset", task)
        if verb in ("begin", "reset"):
            if task.has_scene and task.name not in self.scenes:
                self._begin(task)
            return self._look("shown", task, question)
        told = self._look(verb, task, question)
        if verb == "check" and "status" in told:
            findings = [[each["key"], each["found"], each["right"]] for each in told["findings"]]
            answer = {"answer": str(question["answer"])} if question.get("answer") is not None else {}
            self._note("check", task, status=told["status"], seconds=told["seconds"], findings=findings, **answer)
        if verb == "hint" and told.get("of"):
            self._note("hint", task, about=told["about"], number=told["number"])
        if verb == "solution" and "program" in told:
            self._note("solution", task, form=told["form"])
        return told

    def end(self, name: str) -> list[str]:
        """End one scene, or all, and return whose they were."""
        if name:
            exercise.find(name)
        ended = [each for each in self.scenes if name in ("", each)]
        for each in ended:
            self._end(each)
            self._note("end", exercise.find(each))
        return sorted(ended)

    def _end(self, name: str) -> None:
        kept = self.scenes.pop(name, None)
        if kept is not None:
            if not scenes.end(kept.held):
                raise RuntimeError(f"the scene of {name} has not ended within {scenes.END:.0f} s; try again")
            cgroup_cleanup.remove(kept.cgroup)
            kept.forget()

    def _begin(self, task: exercise.Exercise) -> None:
        seed, mark = self._seed(task), os.urandom(8).hex()
        draw = ledger.derived("draw", self.name, task.name).hex()
        with still.beside(self.service, mark, self.entry.pw_uid, self.entry.pw_gid, frozen=True) as cgroup:
            told = self._visit(
                cgroup, {"verb": "begin", "exercise": task.name, "seed": seed, "mark": mark, "draw": draw}
            )
            if "holder" in told:
                Kept.keep(self.name, scenes.Held.from_dict(told), str(cgroup))
        if "holder" not in told:
            cgroup_cleanup.remove(str(cgroup))
            raise Unsupported(told["unsupported"], told["why"], told["mend"])
        self.scenes = {each.exercise: each for each in Kept.all_of(self.name)}
        self._note("begin", task)

    def _look(self, verb: str, task: exercise.Exercise, question: Said) -> Said:
        kept = self.scenes.get(task.name)
        recorded = ledger.of(self.name, task.name)
        passed = [each["at"] for each in recorded if each["what"] == "check" and each["status"] == Status.PASSED]
        asked = {
            "verb": verb, "exercise": task.name, "seed": self._seed(task), "recorded": recorded,
            "held": kept.as_it_is().to_dict() if kept else None, "passed": passed[-1] if passed else "",
            "answer": question.get("answer"), "form": question.get("form"), "cover": users.group_id(),
        }  # fmt: skip
        name = os.urandom(8).hex()
        with still.beside(self.service, name, self.entry.pw_uid, self.entry.pw_gid, frozen=False) as cgroup:
            try:
                return self._visit(cgroup, asked)
            finally:
                cgroup_cleanup.remove(str(cgroup))

    def _visit(self, cgroup: Path, asked: Said) -> Said:
        """Have a process do it, and return what it told. Raises RuntimeError where it told nothing in time."""
        mounts = still.own_mounts(self.service)
        who = {"uid": self.entry.pw_uid, "gid": self.entry.pw_gid, "cgroup": str(cgroup), "mounts": mounts}
        answers, theirs = os.pipe()
        try:
            # What is complained of goes to a file without a name: the holder of a scene keeps it, and nobody waits.
            with tempfile.TemporaryFile() as complaints, os.fdopen(answers, "rb") as answer:
                with subprocess.Popen(
                    [sys.executable, "-I", "-B", "-m", "nslab.classroom.visit"], stdin=subprocess.PIPE, stdout=theirs,
                    stderr=complaints, pass_fds=[mounts], start_new_session=True, cwd="/",
                    env={**ENVIRONMENT, "HOME": self.entry.pw_dir},
                ) as visit:  # fmt: skip
                    os.close(theirs)
                    theirs = -1
                    assert visit.stdin
                    # It has ended already; that it does not answer is told below.
                    with contextlib.suppress(BrokenPipeError), visit.stdin:
                        visit.stdin.write(json.dumps({**who, **asked}).encode() + b"\n")
                    line = answer.readline(asking.LONGEST) if files.readable(answers, PATIENCE) else b""
                    if not line:
                        cgroup_cleanup.kill_all(str(cgroup))
                        visit.kill()
                    elif asked["verb"] == "begin":
                        # It has become the holder, and goes on.
                        visit.returncode = 0
                complaints.seek(0)
                said = complaints.read().decode(errors="replace").strip().splitlines()
        finally:
            os.close(mounts)
            if theirs >= 0:
                os.close(theirs)
        try:
            told: Said = json.loads(line)
        except ValueError:
            why = said[-1] if said else f"it was not done within {PATIENCE:.0f} s"
            print(f"{self.name}: {asked['verb']} {asked['exercise']}: {why}", file=sys.stderr, flush=True)
            raise RuntimeError(f"{asked['verb']} of {asked['exercise']} was not done: {why}") from None
        return told

    def _seed(self, task: exercise.Exercise) -> int:
        return ledger.seed_of(self.name, task.name, checker.SEEDS)

    def _note(self, what: str, task: exercise.Exercise, **said: Any) -> None:
        ledger.note(learner=self.name, what=what, exercise=task.name, lesson=task.lesson, seed=self._seed(task), **said)


class _Door(socketserver.StreamRequestHandler):
    timeout = SLOWEST

    def handle(self) -> None:
        assert isinstance(self.server, _Service)
        uid = asking.peer(self.request)[1]
        try:
            told = self.server.examiner.answer(uid, self._question())
        except Unsupported as e:
            told = e.to_dict()
        except (ValueError, TypeError) as e:
            told = {"refused": str(e)}
        except RuntimeError as e:
            told = {"failed": str(e)}
        # Whoever has asked has ended meanwhile; what was to be noted is.
        with contextlib.suppress(OSError):
            self.wfile.write(json.dumps(told).encode() + b"\n")

    def _question(self) -> Said:
        try:
            line = self.rfile.readline(LONGEST + 1)
            question = json.loads(line) if len(line) <= LONGEST else None
        except (ValueError, TimeoutError, RecursionError):
            question = None
        if not isinstance(question, dict):
            raise ValueError(f"this is no question: send a line of JSON, at most {LONGEST} bytes, in {SLOWEST:.0f} s")
        return question


class _Service(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        self.examiner = Examiner()
        places.SOCKET.unlink(missing_ok=True)
        super().__init__(str(places.SOCKET), _Door)


def main() -> None:
    """Serve until systemd ends it."""
    still.thaw_all()
    os.umask(0o177)
    service = _Service()
    os.umask(0o077)
    shutil.chown(places.SOCKET, 0, users.group_id())
    places.SOCKET.chmod(0o660)
    service.serve_forever()


if __name__ == "__main__":
    main()
