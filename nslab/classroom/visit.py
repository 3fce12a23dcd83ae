"""One look at a learner's kernel state, with his own rights and out of his reach: `python -m nslab.classroom.visit`.

The service of the class starts it as root and tells it on its input what to do. It goes where the learner is (his
cgroup, the mount namespace that systemd has made for him), becomes him, and then does one verb of an exercise with the
code that is installed. So it may do nothing that he may not, and what it runs in namespaces of his cannot harm others.
A scene it makes by becoming the holder (course/checking/holder.py).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from nslab.course.checking import checker, exercise, scenes
from nslab.errors import Unsupported
from nslab.linux import caps, capsets, files, ns
from nslab.linux.flags import CloneFlag

Said = dict[str, Any]


def main() -> None:
    """Read what is to be done, do it, and tell what came of it, as one line of JSON."""
    said = json.loads(sys.stdin.readline())
    files.write(f"{said['cgroup']}/cgroup.procs", str(os.getpid()))
    ns.setns(said["mounts"], int(CloneFlag.CLONE_NEWNS))
    os.close(said["mounts"])
    os.chdir("/")
    capsets.set_no_new_privs()
    if said["verb"] == "begin":
        caps.setgroups([])
        caps.setgid(said["gid"])
        caps.setuid(said["uid"])
        _hold(said)
    caps.stand_in(said["uid"], said["gid"], said["cover"])
    print(json.dumps(_done(said)), flush=True)


def _done(said: Said) -> Said:
    task = exercise.find(said["exercise"])
    held = scenes.Held.from_dict(said["held"]) if said["held"] else None
    try:
        return _VERBS[said["verb"]](task, held, said)
    except Unsupported as e:
        return e.to_dict()
    except (ValueError, TypeError) as e:
        return {"refused": str(e)}
    except RuntimeError as e:
        return {"failed": str(e)}


def _shown(task: exercise.Exercise, held: scenes.Held | None, said: Said) -> Said:
    return checker.described(task, held, said["seed"], said["passed"]).to_dict()


def _check(task: exercise.Exercise, held: scenes.Held | None, said: Said) -> Said:
    answer = checker.checked_answer(task, said["answer"])
    return checker.looked(task, answer, held, said["seed"], said["recorded"]).to_dict()


def _hint(task: exercise.Exercise, held: scenes.Held | None, said: Said) -> Said:
    answer = checker.checked_answer(task, said["answer"])
    outcome = checker.looked(task, answer, held, said["seed"], said["recorded"])
    return checker.hint_for(outcome, said["recorded"]).to_dict()


def _solution(task: exercise.Exercise, held: scenes.Held | None, said: Said) -> Said:
    return checker.solved(task, said["form"], held, said["seed"]).to_dict()


_VERBS: dict[str, Callable[[exercise.Exercise, scenes.Held | None, Said], Said]] = {
    "shown": _shown, "check": _check, "hint": _hint, "solution": _solution,
}  # fmt: skip


def _hold(said: Said) -> None:
    """Become the holder of a scene; what is drawn for it comes by a pipe, which leaves no trace in /proc."""
    lacking = exercise.find(said["exercise"]).unsupported()
    if lacking:
        print(json.dumps(lacking.to_dict()), flush=True)
        raise SystemExit
    answer = os.dup(1)
    os.set_inheritable(answer, True)
    read, write = os.pipe()
    os.write(write, said["draw"].encode() + b"\n")
    os.close(write)
    os.dup2(read, 0)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    program = [sys.executable, "-I", "-m", "nslab.course.checking.holder", said["exercise"], str(said["seed"]), "0"]
    os.execve(program[0], [*program, str(answer)], {**os.environ, scenes.MARK: said["mark"]})


if __name__ == "__main__":
    main()
