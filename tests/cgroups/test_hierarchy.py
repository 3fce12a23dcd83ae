import pytest

from nslab.cgroups import hierarchy
from nslab.cgroups.bench import measure
from nslab.cgroups.bench.turns import alone
from nslab.cgroups.hierarchy import experiment as hierarchy_experiment
from nslab.errors import Unsupported
from tests import byhand
from tests.cgroups.conftest import here

V1_ALONE = pytest.mark.any_version
"""What mounts v1 by hand is shown on this machine's own kernel, with nobody beside it who takes a part of its CPU; and
what a claim says follows from its parts, whatever the kernel is."""


@pytest.fixture(scope="module")
def evidence():
    return here(hierarchy.demo)


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures


def test_each_task_is_in_one_cgroup_of_each(evidence):
    for number, (in_a, in_b) in enumerate(hierarchy.TASKS, 1):
        assert evidence.row(f"task-{number}-a").measured == f"/cpu_cgrp/{in_a}"
        assert evidence.row(f"task-{number}-b").measured == f"/memory_cgrp/{in_b}"


def test_each_task_obeys_both_hierarchies(evidence):
    if "limits it" not in evidence.claim:
        pytest.skip("one of the hierarchies has no subsystem here that limits")
    for name, quota in hierarchy.QUOTAS.items():
        assert evidence.row(f"ceiling-{name}").measured == pytest.approx(quota, abs=1.5)
        assert evidence.row(f"share-{name}").measured == pytest.approx(quota / 0.8, abs=1.5)
    for name, mib in hierarchy.LIMITS.items():
        assert evidence.row(f"peak-{name}").measured == pytest.approx(mib, abs=2)
        assert evidence.control_row(f"peak-{name}").measured > mib + 16
    assert [evidence.row(f"oom-{name}").measured for name in hierarchy.LIMITS] == [1, 2]
    for number in range(1, len(hierarchy.TASKS) + 1):
        row, without = (find(f"ended-{number}") for find in (evidence.row, evidence.control_row))
        assert (row.measured, without.measured) == ("SIGKILL", "exit 0")


def test_the_limits_reach_the_kernel(evidence):
    if "limits it" not in evidence.claim:
        pytest.skip("one of the hierarchies has no subsystem here that limits")
    written = {(name, file): value for name, file, value in evidence.written}
    assert written["cgrp1", "cpu.cfs_quota_us"] == "60000"
    assert written["cgrp4", "memory.limit_in_bytes"] == str(64 << 20)


@V1_ALONE
def test_where_nothing_limits_it_is_not_claimed(evidence, monkeypatch):
    if "limits" in {row.part for row in evidence.rows}:
        monkeypatch.setattr(hierarchy_experiment, "_limits", lambda places, subsystem: False)
        evidence = here(hierarchy.demo)
    assert evidence.claim == "A task is in one cgroup of each hierarchy."
    assert evidence.holds, evidence.failures
    assert {row.part for row in evidence.rows} == {"picture"}
    assert any(note.startswith("limits:") for note in evidence.notes)
    with pytest.raises(Unsupported, match="a hierarchy of v1 that limits"):
        hierarchy.demo(only="limits")


def test_the_drawing_is_the_kernels_state(evidence):
    a, b = evidence.drawing
    for drawn, top, names in ((a, "cpu_cgrp", ["cgrp1", "cgrp2"]), (b, "memory_cgrp", ["cgrp3", "cgrp4"])):
        (group,) = [g for g in drawn["root"]["children"] if g["path"].endswith(f"/{top}")]
        assert [child["path"].rpartition("/")[2] for child in group["children"]] == names
        assert sum(len(child["procs"]) for child in group["children"]) == len(hierarchy.TASKS)
    assert "/cpu_cgrp" in evidence._repr_html_()


def test_a_substitute_is_said_to_be_one(evidence):
    a, b = (",".join(h["subsystems"]) or h["name"] for h in evidence.drawing)
    assert (a == "cpu,cpuacct") != any("cpu and cpuacct are each attached" in note for note in evidence.notes)
    assert (b == "memory") != any("memory is in use in v2" in note for note in evidence.notes)


@V1_ALONE
@pytest.mark.measured
def test_shell(evidence, tmp_path):
    with alone(measure.quiet_cpu()):
        printed = byhand.run_shell(evidence, tmp_path)
    byhand.compare(printed, evidence, at_least=6 if "limits it" not in evidence.claim else 17)


@V1_ALONE
@pytest.mark.measured
def test_c(evidence, tmp_path):
    with alone(measure.quiet_cpu()):
        printed = byhand.run_c(evidence, tmp_path)
    byhand.compare(printed, evidence, at_least=6 if "limits it" not in evidence.claim else 17)
