"""What a learner makes below a group of a scene: it counts while it is there, and it goes with the scene."""

from __future__ import annotations

import os
import subprocess

import pytest

from nslab.cgroups.core.existing import group_of
from nslab.course.checking import checker
from nslab.course.checking.exercise import find
from nslab.course.checking.outcome import Status
from nslab.course.checking.stage import Stage
from nslab.errors import Unsupported
from nslab.linux import cgroupfs


@pytest.fixture
def stage():
    task = find("memory-ceiling")
    lacking = task.unsupported()
    if lacking:
        pytest.skip(f"{lacking.what}: {lacking.why}. To mend it: {lacking.mend}")
    with Stage(task.name, task.drawn(7), 7) as made:
        try:
            task.scene(made)
        except Unsupported as e:
            pytest.skip(str(e))
        yield made


def test_a_group_below_that_a_learner_makes_goes_with_the_scene_and_his_processes_do_not(stage):
    scene = stage.scene()
    leaker, group = scene.pid("leaker"), scene.group("service")
    below = f"{group.path('memory')}/mine"
    cgroupfs.make(below)
    cgroupfs.add(below, leaker)
    with subprocess.Popen(["sleep", "60"]) as own:
        try:
            cgroupfs.add(below, own.pid)
            assert group_of(leaker, "memory").path("memory") == below
            assert group.all_procs("memory") == sorted([leaker, own.pid])
            assert checker.judged(find("memory-ceiling"), 7, scene).status is Status.NOT_BEGUN
            limit = type(group).memory_max.files(group, int(scene.values["limit"]) << 20)
            for file, text in limit:
                with open(group.path("memory", file), "w") as f:
                    f.write(text)
            assert checker.judged(find("memory-ceiling"), 7, scene).passed, "a limit counts for what is below, too"
            stage.close()
            assert not os.path.exists(below)
            assert not os.path.exists(group.path("memory"))
            assert own.poll() is None, "what nslab has not made is moved out, and not killed"
        finally:
            own.kill()
