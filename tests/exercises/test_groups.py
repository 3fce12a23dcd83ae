"""Cgroups of a scene: what a learner makes in them goes with it, and what somebody else runs there does not."""

from __future__ import annotations

import os
import subprocess
import time

import pytest

from nslab.course.checking.stage import Stage
from nslab.errors import Unsupported
from nslab.lab.client.host import host
from nslab.linux import cgroupfs, process


def test_groups_that_a_learner_has_made_go_with_the_scene():
    host().call(os.getpid)  # as in stages(): this process is to count as nslab's own
    own = subprocess.Popen(["sleep", "60"])
    try:
        with Stage("group-per-team", {}, 7) as stage:
            try:
                office = stage.group("office", "pids")
            except Unsupported as e:
                pytest.skip(f"{e.what}: {e.why}. To mend it: {e.mend}")
            anna = stage.process("anna", ["sleep", "60"], where=office)
            top = office.path("pids")
            inner = f"{top}/first/second"
            os.makedirs(inner)
            for pid in (anna.pid, own.pid):
                cgroupfs.add(inner, pid)
            assert sorted(stage.scene().group("office").all_procs("pids")) == sorted([anna.pid, own.pid])
        assert not os.path.exists(top)
        assert not process.runs(anna.pid)
        assert own.poll() is None, "what a learner has started is the learner's"
    finally:
        own.kill()
        own.wait()


GONE = 4.0
"""Seconds within which a scene is gone, on a busy machine too; where a group had to be waited for, it took ten."""


@pytest.mark.measured
def test_a_scene_that_is_frozen_from_its_top_ends_at_once():
    host().call(os.getpid)
    with Stage("thaw-one", {}, 7) as stage:
        try:
            site = stage.group("site", "freezer")
        except Unsupported as e:
            pytest.skip(f"{e.what}: {e.why}. To mend it: {e.mend}")
        for role in ("web", "archive"):
            stage.process(role, ["sleep", "60"], where=stage.group(role, parent=site))
        top = site.path("freezer")
        site.freeze()
        began = time.monotonic()
        stage.close()
        assert time.monotonic() - began < GONE
        assert not os.path.exists(top)
