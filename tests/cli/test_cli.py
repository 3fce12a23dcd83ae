import json
import os
import pty
import subprocess
import sys
import time

import pytest

import nslab


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
    assert {r["name"] for r in found["rows"]} >= {"hostname", "domainname"}
    assert found["control"]
    assert found["syscalls"]


def test_all_demos_hold():
    done = run("demo", "all", "--json")
    found = json.loads(done.stdout)
    assert set(found["demos"]) == {"uts", "ipc", "pid", "net", "mnt", "user", "cgroup", "time"}
    assert found["holds"] is True
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["demo", "nope"], "name='nope': choose one of uts, ipc"),
        (["demo", "uts", "--set", "hostname=a b"], "hostname='a b'"),
        (["demo", "uts", "--set", "hostname"], "write it as key=value"),
        (["demo", "uts", "--set", "colour=red"], "colour"),
        (["demo", "uts", "--only", "nope"], "only='nope'"),
        (["demo", "all", "--only", "rename"], "'all' takes neither"),
        (["enter", "nobody-there"], "no sandbox is called 'nobody-there'"),
        (["map", "--type", "nope"], "type='nope'"),
        (["lab", "--port", "80"], "80"),
        (["frobnicate"], "there is no command 'frobnicate'"),
    ],
)
def test_bad_usage_is_2_and_names_the_value(argv, message):
    done = run(*argv)
    assert done.returncode == 2
    assert message in done.stderr


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
        "import sys; from nslab.namespaces import uts; from nslab.namespaces.experiment import Part\n"
        "observe = lambda place, isolated, o: uts._rename(place, False, o)\n"
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


def test_ps_and_enter():
    assert "nslab.Sandbox(" in run("ps").stdout
    with nslab.Sandbox(uts=True, pid=True, mnt=True, hostname="inside", name="cli-test") as box:
        entry = json.loads(run("ps", "--json").stdout)[0]
        assert (entry["name"], entry["pid"]) == ("cli-test", box.pid)
        assert "cli-test" in run("ps").stdout
        assert run("enter", "cli-test", "hostname").stdout == "inside\n"
        assert run("enter", "cli-test", "sh", "-c", "exit 7").returncode == 7
        assert run("enter", "cli-test", "no-such-program").returncode == 127
        assert run("enter", "cli-test", "cat /proc/1/comm").returncode == 127
        assert run("enter", "cli-test", "cat", "/proc/1/comm").stdout.startswith("nslab:")


def test_enter_gives_a_shell_on_a_terminal():
    with nslab.Sandbox(uts=True, pid=True, mnt=True, hostname="inside", name="pty-test"):
        shell = Terminal("enter", "pty-test")
        shell.until("[pty-test]")
        shell.type("hostname; tty\n")
        shell.until("inside")
        shell.type("exit 5\n")
        assert shell.end() == 5


def test_the_shell_ends_with_the_sandbox():
    box = nslab.Sandbox(uts=True, pid=True, name="ending-test")
    shell = Terminal("enter", "ending-test")
    shell.until("[ending-test]")
    box.close()
    shell.until("has ended")
    assert shell.end() == 129


def test_clean_says_what_it_did():
    assert "Nothing was left behind" in run("clean").stdout


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, *argv):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execv(sys.executable, [sys.executable, "-m", "nslab", *argv])
        self.seen = ""

    def until(self, text, seconds=15):
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < deadline, self.seen
            try:
                self.seen += os.read(self.fd, 4096).decode(errors="replace")
            except OSError:
                break
        assert text in self.seen
        self.seen = self.seen.partition(text)[2]

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self):
        while True:
            try:
                if not os.read(self.fd, 4096):
                    break
            except OSError:
                break
        status = os.waitpid(self.pid, 0)[1]
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)
