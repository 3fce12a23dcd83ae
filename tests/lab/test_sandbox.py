"""nslab.Sandbox: holds namespaces, runs things inside, nests, has a name, and ends with all that is in it."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

import pytest

import nslab
from nslab.lab.upkeep import registry
from nslab.lab.upkeep.cgroup_cleanup import wait_until
from nslab.linux import caps, files, ns, process

IDS = f"test-ids-{os.getpid()}"
NAME = f"test-enter-{os.getpid()}"
LISTED = f"test-listed-{os.getpid()}"


def test_it_holds_its_namespaces():
    with nslab.Sandbox(uts=True, ipc=True, hostname="web-1") as box:
        assert box.run("uname -n").stdout == "web-1\n"
        assert box.ns["uts"] != ns.inode("uts")
        assert box.ns["net"] == ns.inode("net")
        assert box.call(os.uname).nodename == "web-1"
    assert os.uname().nodename != "web-1"


def test_state_lasts_from_command_to_command():
    with nslab.Sandbox(uts=True) as box:
        box.run("hostname later")
        assert str(box.run("uname -n")) == "later"


def test_pid_and_mnt_bring_a_new_proc():
    with nslab.Sandbox(pid=True, mnt=True) as box:
        assert box.run("cat /proc/1/comm").stdout.startswith("nslab:")
        assert int(box.run("ls /proc | grep -c '^[0-9]'").stdout) < 8


def test_run_gives_both_outputs_and_the_status():
    with nslab.Sandbox(uts=True) as box:
        done = box.run("echo out; echo err >&2; exit 3")
        assert (done.stdout, done.stderr, done.status) == ("out\n", "err\n", 3)
        assert repr(done) == "out\nerr\n[exit status 3]"
        assert box.run(["echo", "a b"]).stdout == "a b\n"
        assert box.run("kill -9 $$").status == -9
        with pytest.raises(FileNotFoundError):
            box.run(["/no/such/program"])
        with pytest.raises(TimeoutError, match=r"was killed after 0\.1 s"):
            box.run("sleep 30", timeout=0.1)


def test_a_command_that_never_stops_writing_is_killed_all_the_same():
    with nslab.Sandbox(uts=True) as box:
        started = time.monotonic()
        with pytest.raises(TimeoutError, match="'yes' was killed after"):
            box.run("yes", timeout=0.2)
        assert time.monotonic() - started < 20


def test_a_sandbox_in_a_sandbox():
    with nslab.Sandbox(pid=True, mnt=True) as outer, outer.sandbox(pid=True, mnt=True) as inner:
        assert len(process.nspid(inner.pid)) == len(process.nspid("self")) + 2
        assert inner.call(os.getpid) > 1
        assert inner.ns["pid"] != outer.ns["pid"]


@pytest.mark.parametrize("kinds", [{"uts": True}, {"pid": True}, {"pid": True, "mnt": True}])
def test_closing_ends_everything_inside(kinds):
    box = nslab.Sandbox(**kinds)
    box.run("sleep 1000 >/dev/null 2>&1 & setsid sleep 1000 >/dev/null 2>&1 &")
    assert wait_until(lambda: len(_processes_in(box)) >= 3, 30)
    inside = _processes_in(box)
    box.close()
    assert [pid for pid in inside if process.runs(pid)] == []
    with pytest.raises(ProcessLookupError, match="make a new one"):
        box.run("true")


def test_a_new_one_under_the_same_variable_drops_the_old():
    box = nslab.Sandbox(uts=True)
    pid = box.pid
    box = nslab.Sandbox(uts=True)
    assert not process.runs(pid)
    box.close()


def test_named_sandboxes_are_listed():
    with nslab.Sandbox(uts=True, name=LISTED) as box:
        entry = next(e for e in registry.entries() if e.name == LISTED)
        assert entry.pid == box.pid
        assert entry.ns["uts"] == box.ns["uts"]
        with pytest.raises(ValueError, match=f"name='{LISTED}' is taken"):
            nslab.Sandbox(uts=True, name=LISTED)
    assert LISTED not in [e.name for e in registry.entries()]


def test_two_that_are_one_user_may_have_one_name_and_each_finds_his_own(monkeypatch):
    """As two who do the same exercise as root: a sandbox of its scene is called the same for both."""
    of_another = registry.Entry(LISTED, 1, "another", 0, {}, "/home/another")
    real = registry.entries
    monkeypatch.setattr(registry, "entries", lambda: [*real(), of_another])
    monkeypatch.setenv("XDG_DATA_HOME", "/home/own")
    with nslab.Sandbox(uts=True, name=LISTED) as box:
        assert registry.named()[LISTED].pid == box.pid
        monkeypatch.setenv("XDG_DATA_HOME", "/home/another")
        assert registry.named()[LISTED] == of_another
        with pytest.raises(ValueError, match=f"name='{LISTED}' is taken"):
            nslab.Sandbox(uts=True, name=LISTED)
    with pytest.raises(ValueError, match=f"name='{LISTED}' is taken"):
        nslab.Sandbox(uts=True, name=LISTED)


def test_enter_in_a_notebook_names_the_command(capsys):
    with nslab.Sandbox(uts=True, name=NAME) as box:
        box.enter()
        assert f"nslab enter {NAME}" in capsys.readouterr().out
    with nslab.Sandbox(uts=True) as box, pytest.raises(ValueError, match="give the sandbox a name"):
        box.enter()


def test_mounts_do_not_leak_to_the_host(as_root):
    with nslab.Sandbox(mnt=True) as box:
        assert box.run("mount -t tmpfs nslab-test /mnt").status == 0
        assert "nslab-test" in box.run("cat /proc/self/mountinfo").stdout
        assert "nslab-test" not in files.read("/proc/self/mountinfo")


@pytest.mark.pure
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"uts": 1}, TypeError, "uts=1"),
        ({"utc": True}, TypeError, "utc=True: there is no such option; choose from uts, ipc"),
        ({"uts": True, "hostname": "no spaces"}, ValueError, "hostname='no spaces'"),
        ({"hostname": "web"}, ValueError, "needs the flag CLONE_NEWUTS"),
        ({"name": "a/b"}, ValueError, "name='a/b'"),
        ({"name": 3}, TypeError, "name=3"),
        ({"mnt": True, "proc": "yes"}, TypeError, "proc='yes'"),
        ({"time": True, "monotonic": None, "boottime": float("nan")}, ValueError, "boottime=nan"),
    ],
)
def test_bad_input_is_named(options, error, message):
    with pytest.raises(error, match=message):
        nslab.Sandbox(**options)


@pytest.mark.parametrize(("command", "error"), [("", ValueError), ([], ValueError), (7, TypeError), ([1], TypeError)])
def test_bad_commands_are_named(command, error):
    with nslab.Sandbox(uts=True) as box, pytest.raises(error, match="command"):
        box.run(command)


def _processes_in(box):
    return [box.pid, *process.descendants(box.pid)]


def _who(path):
    """Make a file; return the ids, how many capabilities are in effect, and whether /proc/self may be read."""
    open(path, "w").close()
    return os.getresuid(), os.getresgid(), os.getgroups(), caps.in_effect(), os.path.exists("/proc/self/ns/uts")


@pytest.mark.parametrize(("first", "inside"), [(0, 0), (7, 7)])
def test_who_has_no_id_in_the_map_takes_one(as_root, first, inside):
    """Root inside, or the map's first id where that has no root; in calls, commands, nested ones and `nslab enter`."""
    if not as_root:
        pytest.skip("root alone may map ids that are not its own")
    ids = [(first, 100_000, 1000)]
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        os.chmod(place, 0o777)
        with nslab.Sandbox(user=True, uts=True, uid_map=ids, gid_map=ids, name=IDS) as box:
            everything = caps.all_there_are()
            assert box.call(_who, f"{place}/call") == ((inside,) * 3, (inside,) * 3, [], everything, True)
            assert box.run(f"id -u; id -g; id -G; touch {place}/run").stdout == f"{inside}\n" * 3
            status = box.run("grep CapEff /proc/self/status").stdout.split()[1]
            assert int(status, 16).bit_count() == (everything if inside == 0 else 0)
            with box.sandbox(user=True, uts=True) as nested:
                assert nested.run("hostname deeper && uname -n && id -u").stdout == "deeper\n0\n"
            command = ["sh", "-c", f"id -u; id -g; touch {place}/enter"]
            enter = [sys.executable, "-m", "nslab", "enter", IDS, *command]
            assert subprocess.run(enter, capture_output=True, text=True).stdout == f"{inside}\n" * 2
        owners = {name: (s.st_uid, s.st_gid) for name in os.listdir(place) for s in [os.stat(f"{place}/{name}")]}
        assert owners == dict.fromkeys(("call", "run", "enter"), (100_000, 100_000))


def test_who_took_another_id_still_ends_with_its_parent(as_root):
    if not as_root:
        pytest.skip("root alone may map ids that are not its own")
    ids = [(0, 100_000, 1000)]
    with nslab.Sandbox(user=True, uid_map=ids, gid_map=ids) as box:
        child = box.clone(time.sleep, args=(100,))
        process.kill(box.pid)
        assert child.wait(30) == -9


def test_ids_that_the_map_has_stay_as_they_are():
    uid, gid = os.getuid(), os.getgid()
    maps = {"uid_map": [(5, uid, 1)], "gid_map": [(6, gid, 1)]}
    with nslab.Sandbox(user=True, uts=True, **maps) as box:
        assert (box.call(os.getuid), box.call(os.getgid)) == (5, 6)
        assert box.run("id -u; id -g").stdout == "5\n6\n"


def test_one_that_another_thread_closes_says_that_it_has_ended():
    box = nslab.Sandbox(uts=True, name=f"closed-{os.getpid()}")
    os.kill(box.pid, signal.SIGSTOP)
    raised = []

    def ask():
        try:
            box.run("hostname")
        except Exception as e:
            raised.append(e)

    asking = threading.Thread(target=ask)
    asking.start()
    assert wait_until(box._lock.locked)
    box.close()
    asking.join(10)
    assert [type(e) for e in raised] == [ProcessLookupError]
    assert "has ended" in str(raised[0])
