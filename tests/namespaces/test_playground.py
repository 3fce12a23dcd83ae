"""The playground without a browser: what it reads is what the kernel says, and nothing stays."""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager

import pytest

import nslab
from nslab.lab.upkeep import session
from nslab.linux import files, ns
from nslab.namespaces.playground import board, fingerprint
from nslab.namespaces.playground.board import BOOTTIME, c_call, unshare_command
from tests import livepanel
from tests.livepanel import comes

EIGHT = set(ns.available())
LATE, ON, STILL = (f"sleep 300.{number}{os.getpid()}" for number in (1, 2, 3))
"""Commands that nobody else runs."""


@pytest.fixture(autouse=True)
def _nobody_else_has_a_playground(monkeypatch):
    """The names of sandboxes are the machine's: where box1 is taken, a playground goes on with box2."""
    monkeypatch.setattr(board.registry, "entries", list)
    monkeypatch.setattr(board, "Sandbox", lambda name=None, **how: nslab.Sandbox(
        name=f"{name}-of-{os.getpid()}" if name else None, **how))  # fmt: skip


@contextmanager
def living(*ticked):
    """A playground as if a page showed it, with these types ticked."""
    with livepanel.living(nslab.playground()) as panel:
        panel.ticked = set(ticked)
        yield panel


def says(panel, side, command):
    """What a command says when it has ended."""
    there = {each.name: each for each in panel._sides()}[side]
    panel.do_run(side, command)
    comes(panel, lambda: there.command is None, shown=lambda: there.text)
    return there.text.rpartition(f"$ {command}\n")[2]


def cells(panel, name):
    return panel.boxes[name].cells(panel.host)


def running(line):
    return [pid for pid in os.listdir("/proc") if pid.isdigit() and _line(pid) == line]


def _line(pid):
    try:
        return files.read(f"/proc/{pid}/cmdline").replace("\0", " ").strip()
    except OSError:
        return ""


@pytest.mark.parametrize("kind", sorted(EIGHT))
def test_a_cell_is_lit_where_the_kernel_has_another_inode(kind, as_root):
    with living(kind) as panel:
        panel.do_clone()
        there = ns.inodes(panel.boxes["box1"].place.pid)
        lit = {fingerprint.ROWS[name] for name, cell in cells(panel, "box1").items() if cell.separate}
        assert lit == {k for k in EIGHT if there[k] != ns.inode(k)}
        assert lit == {kind} | (set() if as_root else {"user"})
        assert panel.wanted() == lit


def test_what_each_cell_says_with_all_eight():
    with living(*EIGHT) as panel:
        panel.do_clone()
        found, host = cells(panel, "box1"), panel.host.cells(panel.host)
        assert all(cell.separate for cell in found.values())
        assert found["hostname"].word == fingerprint.COPY
        assert found["hostname"].value == host["hostname"].value
        assert found["interfaces"].value == "lo"
        assert found["pids seen"].word == fingerprint.OWN
        assert int(found["pids seen"].value) <= 3 < int(host["pids seen"].value)
        assert int(found["mounts"].value) == int(host["mounts"].value) + 1
        assert found["users (uid_map)"].value.split() == ["0", str(os.geteuid()), "1"]
        assert found["cgroup root"].value == "/"
        if "time" in EIGHT:
            clock = panel.boxes["box1"].place.call(time.clock_gettime, time.CLOCK_BOOTTIME)
            assert clock - time.clock_gettime(time.CLOCK_BOOTTIME) == pytest.approx(BOOTTIME, abs=5)


def test_a_pid_namespace_without_a_new_proc():
    with living("pid") as panel:
        panel.do_clone()
        assert cells(panel, "box1")["pids seen"].word == fingerprint.OLD_PROC


def test_commands_inside_change_the_inside_alone():
    name = os.uname().nodename
    with living("uts", "ipc", "mnt") as panel:
        panel.do_clone()
        assert says(panel, "box1", "hostname web-1; hostname") == "web-1\n"
        assert says(panel, "host", "hostname") == f"{name}\n"
        says(panel, "box1", "ipcmk -Q; mount -t tmpfs here /mnt")
        comes(panel, lambda: cells(panel, "box1")["IPC objects"].value == "1 msg")
        found, host = cells(panel, "box1"), panel.host.cells(panel.host)
        assert (found["hostname"].value, found["hostname"].word) == ("web-1", fingerprint.OWN)
        assert int(found["mounts"].value) == int(host["mounts"].value) + 1
        assert os.uname().nodename == name


def test_several_sandboxes_and_their_end():
    with living("uts") as panel:
        for _ in range(3):
            panel.do_clone()
        pids = [side.place.pid for side in panel.boxes.values()]
        assert len({side.ns["uts"] for side in panel.boxes.values()} | {ns.inode("uts")}) == 4
        with pytest.raises(ValueError, match="there are 3 sandboxes"):
            panel.do_clone()
        panel.do_into("box1")
        panel.do_remove("box1")
        assert panel._into == "box2"
        assert not os.path.exists(f"/proc/{pids[0]}")
        with pytest.raises(ValueError, match="sandbox='box1': choose one of box2, box3"):
            panel.do_remove("box1")
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)


def test_a_sandbox_that_ends_leaves_the_others():
    with living("uts") as panel:
        panel.do_clone()
        panel.do_clone()
        os.kill(panel.boxes["box1"].place.pid, signal.SIGKILL)
        comes(panel, lambda: list(panel.boxes) == ["box2"])
        assert says(panel, "box2", "echo here") == "here\n"


def test_a_sandbox_that_stands_still_holds_up_nothing_else():
    with living("uts") as panel:
        panel.do_clone()
        os.kill(panel.boxes["box1"].place.pid, signal.SIGSTOP)
        panel.do_run("box1", "echo late")
        for _ in range(30):
            started = time.monotonic()
            panel.step(panel.now)
            assert time.monotonic() - started < 10
            time.sleep(0.02)
        assert says(panel, "host", "echo here") == "here\n"
        os.kill(panel.boxes["box1"].place.pid, signal.SIGCONT)
        box = panel.boxes["box1"]
        comes(panel, lambda: box.text == "$ echo late\nlate\n", shown=lambda: (box.text, box.problem, box.command))


def test_what_is_wrong_with_a_command():
    with living("uts") as panel:
        panel.do_clone()
        assert says(panel, "box1", "exit 3") == "[exit status 3]\n"
        assert "not found" in says(panel, "host", "no-such-command")
        with pytest.raises(ValueError, match="the line is empty"):
            panel.do_run("host", "  ")
        with pytest.raises(ValueError, match="side='box9': choose one of host, box1"):
            panel.do_run("box9", "hostname")
        panel.do_run("host", f"{LATE}; echo never")
        with pytest.raises(ValueError, match=f"host: '{LATE}; echo never' still runs"):
            panel.do_run("host", "hostname")
        assert "[killed: it wrote more than" in says(panel, "box1", "yes")
        assert len(panel.boxes["box1"].text) < 30_000
        comes(panel, lambda: panel.host.command is None)
        assert "[killed: it had not ended after 5 s]" in panel.host.text
        assert not running(LATE)


@pytest.mark.parametrize("side", ["host", "box1"])
def test_what_a_command_leaves_running_goes_with_the_panel(side):
    with living("uts") as panel:
        panel.do_clone()
        assert says(panel, side, f"{ON} >/dev/null 2>&1 & echo on") == "on\n"
        panel.do_run(side, f"{STILL}; echo never")
        comes(panel, lambda: running(ON) and running(STILL))
    assert not running(ON)
    assert not running(STILL)
    assert not [pid for pid in session.strays() if "box1" in _line(pid)]


def test_a_failed_clone_is_a_message(monkeypatch):
    def refused(**_):
        raise OSError(28, "No space left on device")

    with living("uts") as panel:
        panel.do_clone()
        monkeypatch.setattr("nslab.namespaces.playground.board.Sandbox", refused)
        with pytest.raises(ValueError, match="No space left"):
            panel.do_clone()
        assert list(panel.boxes) == ["box1"]


@pytest.mark.pure
def test_the_same_by_hand():
    assert unshare_command({"pid", "mnt"}) == "unshare --pid --fork --mount --mount-proc bash"
    assert unshare_command(set()) == "unshare bash"
    assert c_call({"uts", "net"}) == "clone(child, stack, CLONE_NEWUTS | CLONE_NEWNET | SIGCHLD, NULL)"
    assert c_call(set()) == "clone(child, stack, SIGCHLD, NULL)"
    assert c_call({"time"}).startswith("clone3(")
    with pytest.raises(ValueError, match="type='disk': choose one of"):
        nslab.playground().do_tick("disk", True)


def test_its_still_shows_all_eight():
    still = nslab.playground()._repr_mimebundle_()["text/html"]
    assert "(separate)" in still
    assert "(copy)" in still
    assert "box1" in still
