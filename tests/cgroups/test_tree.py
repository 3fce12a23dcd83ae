import os
import time

import pytest

import nslab
from nslab.cgroups import hierarchies
from nslab.linux import cgroupfs


def test_it_is_what_proc_self_cgroup_says():
    found = hierarchies()
    told = cgroupfs.paths()
    mounted = cgroupfs.mount_points()
    assert {h.own for h in found} <= set(told.values())
    for h in found:
        key = h.name or ("" if h.version == 2 else ",".join(h.subsystems))
        assert (h.own, h.point) == (told[key], mounted[key])
    assert len(found) == len([key for key in told if key in mounted])


def test_every_group_and_task_is_in_it():
    with nslab.Cgroup("pids", name="seen") as group, group.clone(time.sleep, args=(60,), stream=False) as child:
        h = hierarchies().of("pids")
        path = group.path("pids").removeprefix(h.point)
        assert h.find(path).procs == (child.pid,)
        assert h.procs >= 2
        drawn = hierarchies().diagram("pids")
        assert f"/seen: {child.pid}" in repr(drawn)
        assert str(child.pid) in drawn._repr_html_()
    with pytest.raises(KeyError, match="there is no such cgroup"):
        hierarchies().of("pids").find(path)


def test_this_process_is_marked():
    drawn = repr(hierarchies().diagram())
    assert drawn.count("← this process") == len(hierarchies())


def test_an_unknown_subsystem_is_named():
    with pytest.raises(KeyError, match="no hierarchy has 'nope'; there are: "):
        hierarchies().of("nope")


def test_as_table_and_as_json():
    found = hierarchies()
    assert "Cgroup hierarchies" in repr(found)
    assert "<table>" in found._repr_html_()
    assert len(found.to_dict()["hierarchies"]) == len(found)
    assert os.getpid() in [pid for h in found.to_dict()["hierarchies"][:1] for pid in _pids(h["root"])]


def _pids(group):
    return [pid for pid, _ in group["procs"]] + [pid for child in group["children"] for pid in _pids(child)]
