"""nslab compare: the same questions to two processes, and what differs."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import nslab
from nslab.container import compare
from nslab.container.container import Container
from nslab.lab.upkeep.cgroup_cleanup import wait_until
from nslab.linux import process


def values(comparison, group, fact):
    return next(line.values for line in comparison.lines if (line.group, line.fact) == (group, fact))


def test_a_container_and_this_process(root):
    with Container(root, readonly=True, oom_score_adj=7).start(["/bin/sleep", "60"], stream=False) as child:
        wait_for_exec(child)
        found = nslab.compare(os.getpid(), child.pid)
        own, theirs = values(found, "namespaces", "mnt")
        assert theirs.startswith("its own: mnt:[")
        assert own.startswith("the machine's: mnt:[")
        assert values(found, "privileges", "no_new_privs")[1] is True
        assert values(found, "privileges", "seccomp")[1] == "a filter"
        assert values(found, "root", "read-only")[1] is True
        assert values(found, "limits", "oom_score_adj")[1] == "7"
        assert "CAP_SYS_ADMIN" not in values(found, "capabilities", "bounding")[1]
        assert values(found, "masked", "/proc/sys")[1] == "read-only"
        assert values(found, "environment", "PATH")[1] == "set"
        assert "differs" in repr(found.only())
        assert len(found.only().lines) < len(found.lines)


def test_two_of_a_kind_differ_in_nothing(root):
    same = Container(root)
    with same.start(["/bin/sleep", "60"], stream=False) as one, same.start(["/bin/sleep", "60"], stream=False) as two:
        wait_for_exec(one)
        wait_for_exec(two)
        assert nslab.compare(one.pid, two.pid).only().lines == ()


def wait_for_exec(child):
    assert wait_until(lambda: process.arguments(child.pid)[0] == "/bin/sleep", 30)


def test_the_command(root):
    with nslab.Sandbox(uts=True, name=f"compared-{os.getpid()}") as box:
        both = [sys.executable, "-m", "nslab", "compare", str(os.getpid()), box.name]
        said = subprocess.run([*both, "--json"], capture_output=True, text=True)
        lines = {(each["group"], each["fact"]): each for each in json.loads(said.stdout)["lines"]}
        assert lines["namespaces", "uts"]["differs"]
        assert ("namespaces", "net") not in lines
        every = json.loads(subprocess.run([*both, "--all", "--json"], capture_output=True, text=True).stdout)["lines"]
        assert len(every) > len(lines)


def test_the_command_as_evidence(root):
    with nslab.Sandbox(uts=True) as box:
        both = [sys.executable, "-m", "nslab", "compare", str(os.getpid()), str(box.pid), "--evidence", "--json"]
        said = subprocess.run(both, capture_output=True, text=True)
        seen = json.loads(said.stdout)
        assert (said.returncode, seen["holds"]) == (0, True), seen["failures"]
        (uts,) = (row for row in seen["rows"] if row["key"] == "namespaces, uts")
        assert (uts["host_before"], uts["inside"], uts["host_after"]) == ("the machine's", "its own", "the machine's")
    three = subprocess.run([*both[:5], "1", "1", "--evidence"], capture_output=True, text=True)
    assert (three.returncode, "and 3 were given" in three.stderr) == (2, True)


@pytest.mark.parametrize(("who", "said"), [
    (["1"], "give two or more"),
    (["no-such-sandbox", "1"], "no sandbox is called that"),
    (["no-such-sandbox", "1"], "Also: a pid, runc:NAME, crun:NAME, podman:NAME"),
    (["999999999", "1"], "there is no such process"),
])  # fmt: skip
def test_who_is_not_there(who, said):
    done = subprocess.run([sys.executable, "-m", "nslab", "compare", *who], capture_output=True, text=True)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


@pytest.mark.pure
@pytest.mark.parametrize(("output", "said"), [
    ('time="2026-11-27T20:59:42Z" level=error msg="invalid container ID format"\n', "invalid container ID format"),
    ("[]\nError: inspecting object: no such container web\n", "inspecting object: no such container web"),
    ("", "nothing"),
])  # fmt: skip
def test_of_a_runtimes_log_it_tells_what_was_said(output, said):
    assert compare._said(output) == said
