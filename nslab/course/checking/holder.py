"""The process that makes a scene and holds it: `python -m nslab.course.checking.holder EXERCISE SEED ANCHOR ANSWER`.

It says on the descriptor ANSWER what there is, and ends, and the scene with it, by SIGTERM or with the process ANCHOR.
In a class a line of its input has what the scene alone is drawn from, which the seed then does not tell a learner.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from dataclasses import replace

from nslab.course.checking import exercise, scenes
from nslab.course.checking.stage import Stage
from nslab.errors import Unsupported
from nslab.lab.client.host import host
from nslab.lab.power import refusals
from nslab.linux import wakeup


def main(name: str, seed: int, anchor: int, answer: int) -> None:
    """Make the scene, say what there is, and stay."""
    secret = sys.stdin.readline().strip()
    with wakeup.by_signals() as ending:
        # It comes by the descriptor, also in the middle of making the scene, which is not broken off.
        signal.signal(signal.SIGTERM, lambda *_: None)
        watched = [ending]
        if anchor:
            try:
                watched.append(os.pidfd_open(anchor))
            except ProcessLookupError:
                return  # who began it has ended meanwhile: nobody waits for an answer
        _hold(name, seed, secret, answer, watched)


def _hold(name: str, seed: int, secret: str, answer: int, watched: list[int]) -> None:
    task = exercise.find(name)
    with Stage(name, task.drawn(seed), secret or str(seed)) as stage:
        try:
            task.scene(stage)
            held = scenes.Held(name, seed, os.getpid(), os.environ[scenes.MARK], stage.scene(), scenes.learner())
            path = scenes.file(host().session, name)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            partial = path.with_suffix(".partial")
            # What was noted for the check may be the answer, and the class keeps it where no learner reads.
            noted = replace(held, scene=replace(held.scene, notes={})) if secret else held
            partial.write_text(json.dumps(noted.to_dict()), encoding="utf-8")
            partial.replace(path)
        except Unsupported as e:
            _say(answer, e.to_dict())
            return
        except OSError as e:
            _say(answer, refusals.explained(e, f"the scene of {name}").to_dict())
            return
        _say(answer, held.to_dict())
        select.select(watched, [], [])


def _say(answer: int, what: object) -> None:
    with os.fdopen(answer, "w", encoding="utf-8") as out:
        out.write(json.dumps(what) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]))
