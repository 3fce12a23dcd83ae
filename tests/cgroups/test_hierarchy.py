import pytest

from nslab.cgroups import hierarchy
from tests import byhand
from tests.cgroups.conftest import here


@pytest.fixture(scope="module")
def evidence():
    return here(hierarchy.demo)


def test_it_holds_and_the_control_does_not(evidence):
    assert evidence.holds, evidence.failures


def test_each_task_is_in_one_cgroup_of_each(evidence):
    rows = {row.name: row.measured for row in evidence.rows}
    for number, (in_a, in_b) in enumerate(hierarchy.TASKS, 1):
        assert rows[f"task {number} in hierarchy A"] == f"/cpu_cgrp/{in_a}"
        assert rows[f"task {number} in hierarchy B"] == f"/memory_cgrp/{in_b}"


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


def test_shell(evidence, tmp_path):
    byhand.compare(byhand.run_shell(evidence, tmp_path), evidence, at_least=6)


def test_c(evidence, tmp_path):
    byhand.compare(byhand.run_c(evidence, tmp_path), evidence, at_least=6)
