"""`python -P _stable.py`: runs a part of a demo for each line that it is sent, each time in a process forked from this.

It has imported what nslab imports, and nothing of nslab: so a variant begins where the program's own text is read, and
not with the start of an interpreter. It answers with a line when that process has ended and all that it left behind, so
that nothing still reads the text of one variant when the next one is written. Lines are JSON.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

LONGEST = 120.0
"""Seconds that a part may take where nothing is known of it."""
TRIES = 3
"""How often a variant is measured that others disturbed: one that is disturbed each time shows nothing."""
LEFT = 10.0
"""Seconds within which what a variant has left behind ends by itself: its keeper sees to that."""
MISTAKES = (NameError, SyntaxError, ImportError, AttributeError)
"""What says that a variant is none: its text is no program."""
PR_SET_CHILD_SUBREAPER = 36
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x4000000, 0x8000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000

_libc = ctypes.CDLL(None, use_errno=True)


class _Enough(Exception):
    """The run with the treatment speaks against the claim, which no control takes back."""


def main() -> None:
    """Answer each line, until there are no more."""
    _checked(_libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
    for name in _forked(_imported, None)["said"]:
        import_module(name)
    print(json.dumps("ready"), flush=True)
    while line := sys.stdin.readline():
        job = json.loads(line)
        print(json.dumps(_forked(_ran, job, job["longest"])), flush=True)


def _imported(_: object) -> list[str]:
    """What the demos import that is not nslab's."""
    from nslab.course.demos import ROOMS

    before = set(sys.modules)
    for room, names in ROOMS.items():
        for name in names:
            import_module(f"nslab.{room}.{name}.experiment")
    return sorted(name for name in before | set(sys.modules) if name.partition(".")[0] not in ("nslab", "__main__"))


def _ran(job: dict[str, Any]) -> list[str]:
    """The verdict on a part, and what was said. A variant is measured once: it would only take longer to say it thrice,
    and is done with when the run with the treatment does not bear the claim out.
    """
    if os.geteuid() == 0:
        _apart()
    from nslab.course.demos import demo_of
    from nslab.errors import Disturbed, Unsupported
    from nslab.experiment import run

    once = run._once

    def treated_first(part: Any, stage: Any, treated: bool, options: Any) -> Any:
        seen = once(part, stage, treated, options)
        if treated:
            for row in seen.rows:
                if not row.holds:
                    raise _Enough(run.Evidence(part.name, part.about, (row,), (row,)).failures[0])
        return seen

    def shown() -> Any:
        return demo_of(job["subject"])(only=job["part"])

    if job["variant"]:
        run.TRIES, run._once = 1, treated_first
    try:
        for _ in range(TRIES - 1 if job["variant"] else 0):
            # The last one is told.
            with suppress(Disturbed):
                evidence = shown()
                break
        else:
            evidence = shown()
    except _Enough as e:
        return ["caught", str(e)]
    except Disturbed as e:
        return ["disturbed", e.line]
    except Unsupported as e:
        return ["unsupported", e.line]
    except MISTAKES as e:
        return ["invalid", f"{type(e).__name__}: {e}"]
    except Exception as e:
        return ["caught", f"{type(e).__name__}: {e}"]
    if evidence.holds:
        return ["held", ""]
    return ["caught", evidence.failures[0] if evidence.failures else "no rows"]


def _apart() -> None:
    """What is broken may rename the machine, mount on it, or change its limits: root's has those for itself."""
    _checked(_libc.unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC))
    _checked(_libc.mount(b"none", b"/", None, ctypes.c_ulong(MS_REC | MS_PRIVATE), None))


def _checked(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _forked(function: Callable[[Any], Any], argument: object, longest: float = LONGEST) -> dict[str, Any]:
    """Call the function in a child; return what it `said`, or None where it could not, and its `status` (None: it had
    not ended after `longest`). Nothing that it left behind is there any more.
    """
    answer = os.memfd_create("nslab-mutant")
    pid = os.fork()
    if pid == 0:
        # Its own end is a Python's, with all that it does then: nslab ends its processes.
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.write(answer, json.dumps(function(argument)).encode())
        sys.exit(0)
    ended = os.pidfd_open(pid)
    in_time = bool(select.select([ended], [], [], longest)[0])
    if not in_time:
        os.kill(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(ended)
    _reap()
    said = os.pread(answer, os.fstat(answer).st_size, 0)
    os.close(answer)
    return {"said": json.loads(said or b"null"), "status": status if in_time else None}


def _reap() -> None:
    """Wait until no descendant is left; who has not ended by then is killed."""
    deadline = time.monotonic() + LEFT
    while True:
        try:
            gone, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if gone == 0:
            if time.monotonic() > deadline:
                with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as children:
                    for pid in children.read().split():
                        os.kill(int(pid), signal.SIGKILL)
            time.sleep(0.01)


if __name__ == "__main__":
    main()
