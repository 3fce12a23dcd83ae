"""Cases 1 and 30: of the processes in a cgroup, those that nslab made are its to kill and to move, and no others."""

import json
import os
import subprocess
import sys
import time

import pytest

import nslab
from nslab.cgroups.core.location import where
from nslab.lab.upkeep import cgroup_cleanup, leaf, members, session
from nslab.linux import cgroupfs, files, process
from tests.cgroups.conftest import PURE_V2

UNMARKED = {name: value for name, value in os.environ.items() if name not in (session.ENV, session.KEEPER, members.LAB)}


@pytest.fixture
def stranger():
    """A process that nslab did not make, and its end."""
    made = subprocess.Popen(["sleep", "100"], env=UNMARKED)
    yield made
    assert made.poll() is None, "it was killed"
    made.kill()
    made.wait()


def test_who_was_put_into_a_group_leaves_it_alive(stranger):
    with nslab.Cgroup("pids") as group:
        child = group.child().clone(time.sleep, args=(100,), stream=False)
        group.children[0].add(stranger.pid)
        directory = group.path("pids")
    assert child.wait(30) < 0
    assert not os.path.exists(directory)
    assert "/nslab-" not in _own(stranger.pid).replace(f"/{cgroup_cleanup.LEAF}", "")


def test_kill_is_for_all_that_is_in_it():
    with nslab.Cgroup("pids") as group:
        made = subprocess.Popen(["sleep", "100"], env=UNMARKED)
        group.add(made.pid)
        group.kill()
        assert made.wait(30) < 0


def test_the_end_of_a_dead_session_kills_its_own_and_no_others(stranger):
    place = where("pids")
    dead = f"{os.getpid()}-1-{session.namespace()}"
    directory = f"{place.base}/{cgroup_cleanup.directory_name(dead)}"
    if PURE_V2 and os.geteuid():
        pytest.skip("in a delegated cgroup a session's directory has no controllers before nslab gives them")
    cgroupfs.make(directory)
    ours = subprocess.Popen(["sleep", "100"], env={**UNMARKED, session.ENV: dead})
    for each in (ours, stranger):
        cgroupfs.add(directory, each.pid)
    cgroup_cleanup.clean()
    assert ours.wait(30) < 0
    assert not os.path.exists(directory)


def _own(pid):
    paths = cgroupfs.paths(pid)
    return next(
        path for hierarchy, path in paths.items() if "pids" in hierarchy.split(",") or (PURE_V2 and not hierarchy)
    )


def test_a_number_that_was_used_again_is_not_met(monkeypatch, stranger):
    """The list said one thing, and another when it was read again: the number is somebody else's by now."""
    listed = iter([[stranger.pid], []])
    monkeypatch.setattr(cgroupfs, "members", lambda directory: next(listed))
    members.kill("/sys/fs/cgroup/nowhere")
    assert stranger.poll() is None


def test_who_moved_is_who_was_meant(monkeypatch):
    """One that ended while it was moved: whoever has its number since is moved back."""
    made = subprocess.Popen(["sleep", "100"])
    moved = []

    def add(directory, pid):
        moved.append(directory)
        if len(moved) == 1:
            made.kill()
            made.wait()

    monkeypatch.setattr(cgroupfs, "members", lambda directory: [made.pid])
    monkeypatch.setattr(cgroupfs, "add", add)
    members.move([made.pid], "/from", "/to")
    assert moved == ["/to", "/from"]


# -- the leaf ----------------------------------------------------------------------------------------------


def test_where_others_are_nobody_moves(monkeypatch, stranger):
    moved = []
    monkeypatch.setattr(cgroupfs, "members", lambda directory: [os.getpid(), stranger.pid, 0, 0])
    monkeypatch.setattr(cgroupfs, "add", lambda directory, pid: moved.append(pid))
    monkeypatch.setattr(members, "_line", lambda pid: [pid, 1])
    with pytest.raises(nslab.Unsupported) as raised:
        leaf.make_room("/sys/fs/cgroup/box", "memory")
    assert moved == []
    assert f"sleep ({stranger.pid})" in raised.value.why
    assert "2 of another pid namespace, which cannot be seen from here" in raised.value.why
    assert "/sys/fs/cgroup/box/beside/cgroup.procs" in raised.value.mend


def test_many_are_counted():
    words = leaf.named([os.getpid()] * 7)
    assert words.count(f"({os.getpid()})") == leaf.SHOWN
    assert words.endswith(", 2 more")


def test_what_started_nslab_is_not_nslabs(stranger):
    assert members.of_nslab([os.getpid(), 1]) == {os.getpid()} - {1} | ({1} if os.getpid() == 1 else set())
    assert members.of_nslab([stranger.pid]) == {stranger.pid}, "what this process starts is its own"
    with nslab.Sandbox(uts=True) as box:
        assert members.of_nslab([box.pid]) == {box.pid}


NEST = ("unshare", "--cgroup", "--mount", "--pid", "--fork", "--mount-proc")
BOX = """
set -e
umount /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
sleep 100 & a=$!
status=0
"$@" || status=$?
kill -0 $a
echo "{\\"status\\": $status, \\"left\\": [$(cat /sys/fs/cgroup/cgroup.procs | tr '\\n' ,)0], \\"sleep\\": $a}"
ls /sys/fs/cgroup | grep nslab || true
kill $a
"""


@pytest.mark.skipif(not PURE_V2 or os.geteuid() != 0, reason="a container's cgroup of v2 asks for that kernel and root")
@pytest.mark.parametrize("subsystem", ["memory", "pids"])
def test_in_a_containers_root_cgroup_nobody_is_moved(subsystem):
    """Its first process, and one more, sit in the cgroup that is the root there."""
    point = cgroupfs.mount_points()[""]
    box = f"{point}/nslab-test-box"
    cgroupfs.make(box)
    enabled = set(cgroupfs.controllers(point, "subtree_control"))
    files.write(f"{point}/cgroup.subtree_control", f"+{subsystem}")
    try:
        demo = f"import nslab; group = nslab.Cgroup({subsystem!r}); print(group)"
        done = subprocess.run(
            ["sh", "-c", f'echo $$ >{box}/cgroup.procs; exec "$@"', "sh", *NEST,
             "sh", "-c", BOX, "sh", sys.executable, "-c", demo],
            capture_output=True, text=True, timeout=60, env=UNMARKED,
        )  # fmt: skip
        assert "{" in done.stdout, done.stderr
        said = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))
        assert said["status"] == 1, done.stderr
        assert "sh (1)" in done.stderr, done.stderr
        assert f"sleep ({said['sleep']})" in done.stderr
        assert {1, said["sleep"]} <= set(said["left"])
        assert "nslab-own" not in done.stdout
    finally:
        cgroup_cleanup.wait_until(lambda: not cgroupfs.members(box), 30)
        cgroupfs.remove(box)
        if subsystem not in enabled:
            files.write(f"{point}/cgroup.subtree_control", f"-{subsystem}")


@pytest.mark.skipif(not PURE_V2 or os.geteuid() == 0, reason="a delegated cgroup of v2 asks for that kernel and a user")
def test_a_delegated_cgroup_is_as_it_was_when_the_session_has_ended():
    place = where("pids")
    inside = f"{place.base}/user-test"
    cgroupfs.make(inside)
    program = (
        "import nslab\nwith nslab.Cgroup('pids') as g: print(g.path('pids')); print(open('/proc/self/cgroup').read())"
    )
    code = f'echo $$ >{inside}/cgroup.procs; exec "$@"'
    done = subprocess.run(["sh", "-c", code, "sh", sys.executable, "-c", program], capture_output=True, text=True,
                          timeout=60, env=UNMARKED)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"{cgroup_cleanup.LEAF}" in done.stdout
    assert cgroup_cleanup.wait_until(lambda: not cgroupfs.controllers(inside, "subtree_control"), 30)
    assert cgroup_cleanup.wait_until(lambda: not any(e.is_dir() for e in os.scandir(inside)), 30)
    cgroupfs.remove(inside)
    assert process.runs(os.getpid())
