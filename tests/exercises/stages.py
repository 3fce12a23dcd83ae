"""A process that holds scenes for the tests, one after the other: `python -m tests.exercises.stages`.

It reads a line `NAME SEED` and answers with the scene, or with why there is none; an empty line ends the scene.
"""

from __future__ import annotations

import json
import os
import sys
import traceback

from nslab.course.checking import exercise, scenes
from nslab.course.checking.stage import Stage
from nslab.errors import Unsupported
from nslab.lab.client.host import host


def main() -> None:
    stage: Stage | None = None
    for line in sys.stdin:
        if stage is not None:
            stage.close()
            stage = None
        if line.strip():
            name, seed = line.split()
            stage = Stage(name, exercise.find(name).drawn(int(seed)), int(seed))
        try:
            print(json.dumps(begun(stage, int(seed)) if stage else {}), flush=True)
        except Unsupported as e:
            print(json.dumps(e.to_dict()), flush=True)
        except Exception:
            # One scene that fails is one test that does.
            print(json.dumps({"failed": traceback.format_exc()}), flush=True)
    if stage is not None:
        stage.close()


def begun(stage: Stage, seed: int) -> dict:
    task = exercise.find(stage.exercise)
    lacking = task.unsupported()
    if lacking:
        raise lacking
    if task.has_scene:
        task.scene(stage)
    scene = stage.scene()
    held = scenes.Held(task.name, seed, os.getpid(), os.environ[scenes.MARK], scene, scenes.learner()).to_dict()
    if task.has_scene:
        path = scenes.file(host().session, task.name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(json.dumps(held), encoding="utf-8")
    return held


if __name__ == "__main__":
    main()
