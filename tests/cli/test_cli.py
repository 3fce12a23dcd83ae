import json
import os
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

import nslab
from nslab.cli import main, ps
from nslab.lab.upkeep import registry
from nslab.linux import process

LISTED = f"cli-ps-{os.getpid()}"
ENTERED = f"cli-test-{os.getpid()}"


def run(*argv, **kwargs):
    return subprocess.run([sys.executable, "-m", "nslab", *argv], capture_output=True, text=True, timeout=60, **kwargs)


def test_demo_in_words():
    done = run("demo", "uts", "--only", "rename", "--set", "hostname=db-1")
    assert done.returncode == 0, done.stderr
    assert "holds" in done.stdout
    assert "db-1" in done.stdout


def test_demo_as_json():
    done = run("demo", "uts", "--json")
    found = json.loads(done.stdout)
    assert found["holds"] is True
    assert {r["key"] for r in found["rows"]} >= {"hostname", "domainname"}
    assert found["control"]
    assert found["syscalls"]


@pytest.mark.long
def test_all_demos_hold():
    done = run("demo", "namespaces", "--json")
    found = json.loads(done.stdout)
    assert set(found["demos"]) == {"uts", "ipc", "pid", "net", "mnt", "user", "cgroup", "time"}
    assert found["holds"] is True
    assert done.returncode == 0


@pytest.mark.pure
@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["demo", "nope"], "name='nope': choose one of uts, ipc, pid, net, mnt, user, cgroup, time, hierarchy, rules,"),
        (["demo", "uts", "--set", "hostname=a b"], "hostname='a b'"),
        (["demo", "uts", "--set", "hostname"], "write it as key=value"),
        (
            ["demo", "uts", "--set", "colour=red"],
            "--set colour=…: there is no such option; choose one of hostname",
        ),
        (["demo"], "Missing argument 'NAME'"),
        (["demo", "uts", "--colour"], "--colour"),
        (["lab", "--port", "many"], "'many': give a whole number from 1024 to 65535"),
        (["enter"], "Missing argument 'NAME'"),
        (["demo", "uts", "--only", "nope"], "only='nope'"),
        (["demo", "all", "--only", "rename"], "'all' takes neither"),
        (["enter", "nobody-there"], "no sandbox is called 'nobody-there'"),
        (["map", "--type", "nope"], "type='nope'"),
        (["lab", "--port", "80"], "'80': give a whole number from 1024"),
        (["frobnicate"], "there is no command 'frobnicate'"),
    ],
)
def test_bad_usage_is_2_and_names_the_value(argv, message):
    done = run(*argv)
    assert done.returncode == 2
    assert message in done.stderr


@pytest.fixture
def nobodys(tmp_path, monkeypatch):
    """A directory of sessions in which nobody's are."""
    monkeypatch.setattr(registry.os, "access", lambda *_: False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "nslab").mkdir(mode=0o700)
    return tmp_path


@pytest.mark.pure
def test_a_directory_that_others_can_open_is_not_used(nobodys, tmp_path, capsys):
    (tmp_path / "nslab").chmod(0o755)
    with pytest.raises(SystemExit) as ended:
        main(["ps"])
    assert ended.value.code == 69
    assert f"sudo rm -r {tmp_path}/nslab" in capsys.readouterr().err


@pytest.mark.pure
def test_what_this_machine_cannot_do_is_69():
    code = (
        "import sys, nslab.namespaces.uts as u; from nslab.errors import Unsupported\n"
        "def demo(**_): raise Unsupported('a thing', 'it is not there', 'make it')\n"
        "u.demo = demo\n"
        "from nslab.cli import main; sys.argv = ['nslab', 'demo', 'uts', '--json']; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 69
    assert json.loads(done.stdout) == {"unsupported": "a thing", "why": "it is not there", "mend": "make it"}


def test_a_demo_that_does_not_hold_is_1():
    code = (
        "import sys; from nslab.namespaces.uts import experiment as uts; from nslab.experiment.parts import Part\n"
        "def observe(place, treated, *, hostname, domainname):\n"
        "    return uts._rename(place, False, hostname=hostname, domainname=domainname)\n"
        "uts.PARTS = (Part('rename', 'no flag', observe, standin=True),)\n"
        "from nslab.cli import main; sys.argv = ['nslab', 'demo', 'uts']; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "does not hold" in done.stdout


def test_doctor():
    done = run("doctor", "--json")
    checks = {c["name"]: c for c in json.loads(done.stdout)["checks"]}
    assert checks["clone(CLONE_NEWUTS)"]["verdict"] == "ok"
    assert all(c["mend"] for c in checks.values() if c["verdict"] != "ok")
    assert (done.returncode == 0) == json.loads(done.stdout)["ok"]


def test_map():
    found = json.loads(run("map", "--json", "--type", "uts").stdout)
    assert {n["type"] for n in found["namespaces"]} == {"uts"}
    assert "Namespaces of this machine" in run("map").stdout


@pytest.mark.pure
def test_without_a_sandbox_ps_says_how_to_make_one(nobodys, capsys):
    main(["ps"], standalone_mode=False)
    assert "nslab.Sandbox(" in capsys.readouterr().out


def test_ps_and_enter():
    with nslab.Sandbox(uts=True, pid=True, mnt=True, hostname="inside", name=ENTERED) as box:
        [entry] = [each for each in json.loads(run("ps", "--json").stdout) if each["name"] == ENTERED]
        assert (entry["name"], entry["pid"]) == (ENTERED, box.pid)
        assert ENTERED in run("ps").stdout
        assert run("enter", ENTERED, "hostname").stdout == "inside\n"
        assert run("enter", ENTERED, "sh", "-c", "exit 7").returncode == 7
        assert run("enter", ENTERED, "no-such-program").returncode == 127
        assert run("enter", ENTERED, "cat /proc/1/comm").returncode == 127
        assert run("enter", ENTERED, "cat", "/proc/1/comm").stdout.startswith("nslab:")


@pytest.mark.pure
def test_ps_leaves_out_a_sandbox_that_ends_while_it_looks(monkeypatch):
    ended = subprocess.Popen(["true"])
    ended.wait()
    monkeypatch.setattr(registry, "entries", lambda: [registry.Entry("gone", ended.pid, "nslab-1", 0, {})])
    done = CliRunner().invoke(ps.command, ["--json"])
    assert (done.exit_code, json.loads(done.output)) == (0, [])


def test_clean_says_what_it_did():
    assert "Nothing was left behind" in run("clean").stdout


def test_an_interrupt_ends_it_in_silence(tmp_path):
    with nslab.Sandbox(uts=True):  # so that the machine is not at its first clone
        command = subprocess.Popen(
            [sys.executable, "-m", "nslab", "demo", "all"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        while not process.descendants(command.pid):
            time.sleep(0.005)
        command.send_signal(signal.SIGINT)
        out, err = command.communicate(timeout=20)
    assert (command.returncode, out, err.strip()) == (130, "", "")


@pytest.mark.parametrize("argv", [["map"], ["map", "--json"], ["doctor"], ["demo", "uts", "--only", "rename"], ["ps"]])
def test_a_reader_that_has_gone_ends_it_in_silence(argv):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "nslab", *argv], stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.pure
def test_all_unsupported_is_69():
    code = (
        "import sys, nslab.course.demos as a; from nslab.errors import Unsupported\n"
        "a.demo_all = lambda *_, **__: a.Report({'uts': Unsupported('a thing', 'it is not there', 'make it')})\n"
        "from nslab.cli import main; sys.argv = ['nslab', 'demo', 'all']; main()"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60).returncode == 69


@pytest.mark.measured
@pytest.mark.pure
def test_help_is_there_at_once_and_loads_no_more_than_it_needs():
    code = "import sys; from nslab.cli import main; main(['--help'], standalone_mode=False); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"rich", "nslab.lab", "nslab.linux", "nslab.namespaces", "ctypes"} & set(done.stdout.split())
    times = []
    for _ in range(5):
        started = time.perf_counter()
        assert "doctor" in run("--help").stdout
        times.append(time.perf_counter() - started)
    assert min(times) < 0.15


@pytest.mark.pure
@pytest.mark.parametrize("command", ["doctor", "demo", "lab", "map", "ps", "enter", "reset", "clean"])
def test_each_command_explains_itself(command):
    assert command in run("--help").stdout
    assert run(command, "--help").stdout.startswith(f"Usage: nslab {command}")


def test_ps_tells_what_there_is():
    with nslab.Sandbox(pid=True, uts=True, name=LISTED) as box:
        box.run("sleep 99 >/dev/null 2>&1 &")
        [found] = [each for each in json.loads(run("ps", "--json").stdout) if each["name"] == LISTED]
        assert {"uts", "pid"} <= set(found["holds"])
        assert found["processes"] == 2
        assert 0 <= found["seconds"] < 60
        assert found["ns"] == box.ns


def test_clean_tells_what_it_removed():
    with nslab.Sandbox(pid=True, mnt=True) as box:  # where nobody else's start can do the work first
        first, left, second = box.call(_kill_and_clean)
    assert first == "Ended 1 process(es), removed 0 cgroup(s) and cleared 1 session(s) that had no keeper any more.\n"
    assert left == []
    assert second == "Nothing was left behind.\n"


def _kill_and_clean():
    code = "import nslab, time; box = nslab.Sandbox(uts=True, name='gone'); box.run('setsid sleep 99 >&- 2>&- &')"
    client = subprocess.Popen([sys.executable, "-c", f"{code}\nprint(1, flush=True); time.sleep(999)"], stdout=-1)
    client.stdout.readline()
    below = process.descendants(client.pid)
    *nslabs, daemon = below  # the keeper, the fork server and the sandbox, none of which gets to clean up
    for sig in (signal.SIGSTOP, signal.SIGKILL):
        for pid in nslabs:
            os.kill(pid, sig)
    while any(map(process.runs, nslabs)):
        time.sleep(0.005)
    client.kill()
    client.communicate()
    assert process.runs(daemon)
    first = run("clean").stdout
    return first, [pid for pid in below if process.runs(pid)], run("clean").stdout
