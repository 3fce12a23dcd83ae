"""What a demo says when a part, or all of them, cannot be run here."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys

import pytest

from nslab.cgroups.bench import measure
from nslab.errors import Disturbed, Unsupported
from nslab.experiment import parts, run
from nslab.experiment.evidence import Reading
from nslab.experiment.expect import AsExpected
from nslab.lab.power import privilege
from tests.cases.situation import USER

ASKS = "sethostname(2) asks for CAP_SYS_ADMIN, and this process, uid 1000, does not have CAP_SYS_ADMIN"


def refused(name):
    return Unsupported("sethostname(2)", ASKS, "get it", f'the kernel answers EPERM to sethostname("{name}")')


@pytest.mark.pure
def test_a_reason_of_several_parts_is_told_once_with_the_parts_that_it_stops():
    all_of_them = {"rename": refused("web-1"), "second": refused("web-2"), "unprivileged": refused("web-3")}
    told = parts.all_refused("uts", all_of_them)
    assert told.why == f'rename, second, unprivileged: {ASKS} (the kernel answers EPERM to sethostname("web-1"))'
    assert told.mend == "get it"


@pytest.mark.pure
def test_other_reasons_and_what_each_is_about_are_told_too():
    other = Unsupported("a new namespace (uts)", "the limit is 0", "raise it")
    told = parts.all_refused("uts", {"rename": refused("a"), "second": other})
    assert told.why.startswith(f"rename: {ASKS}")
    assert told.why.endswith("; second: a new namespace (uts): the limit is 0")
    assert told.mend == "get it; or: raise it"


@pytest.mark.pure
@pytest.mark.parametrize("error", [refused("a"), Unsupported("a", "b", "c"), Disturbed("too busy")])
def test_it_is_the_same_after_a_way_through_a_pipe(error):
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), back.to_dict(), back.reason) == (type(error), error.to_dict(), error.reason)


@pytest.mark.pure
@pytest.mark.parametrize("points", [(), ((0.0, 1.0),), ((0.0, 1.0), (3.0, 2.0))])
def test_a_window_without_two_readings_is_a_disturbed_measurement(points):
    with pytest.raises(Disturbed, match="could not be read twice in time"):
        measure.portion(points, points, since=2.0)


@pytest.mark.pure
def test_who_did_not_reach_a_ceiling_since_others_took_the_cpu_tells_nothing_of_it():
    with pytest.raises(Disturbed, match="and so cgrp1 got 45 %"):
        measure.check_room(14.0, 30.0, "cgrp1 got 45 %")
    measure.check_room(14.0, 10.0, "cgrp1 got 45 %")
    measure.check_room(-1.0, 30.0, "cgrp1 got 60 %")


@pytest.mark.pure
@pytest.mark.parametrize("disturbed", [1, 2, 3])
def test_what_was_disturbed_is_measured_again_and_in_the_end_told(disturbed, monkeypatch):
    monkeypatch.setattr(run, "form", lambda *_: "")
    turns = []

    def observe(treated):
        turns.append(treated)
        if len(turns) <= disturbed:
            raise Disturbed("the machine is busy")
        return [Reading("a", "a", "a", 1, 1 if treated else 2, AsExpected())]

    def measured():
        return run.run("nslab.cgroups.cpu", "claim", [parts.Part("one", "about", observe)], None, {}, by_hand={})

    if disturbed == run.TRIES:
        with pytest.raises(Disturbed, match="the machine is busy"):
            measured()
    else:
        assert measured().notes == ("one: measured again, since the machine is busy",)
    assert len(turns) == (disturbed if disturbed == run.TRIES else disturbed + 2)


BOUND = ("setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-all")


@pytest.mark.skipif(os.geteuid() != 0, reason="gives up what root has")
@pytest.mark.parametrize(
    ("within", "mend"),
    [
        ((*BOUND, *USER), "start the container with --cap-add SYS_ADMIN (or --privileged) and run nslab as root in it"),
        (BOUND, "start the container with --cap-add SYS_ADMIN (or --privileged), or run nslab outside of it"),
        (USER, "run it as root: sudo make lab, or in the VM: vagrant up"),
    ],
)
def test_root_is_advised_where_root_would_help(within, mend):
    code = "from nslab.lab.power import privilege; print(privilege.mend('CAP_SYS_ADMIN'))"
    told = subprocess.run([*within, sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.startswith(mend), told


@pytest.mark.pure
def test_a_container_is_told_options_that_there_are(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(privilege, "is_over_the_machine", lambda: True)
    assert privilege.mend() == "start the container with --privileged, or run nslab outside of it"
