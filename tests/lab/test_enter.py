"""`nslab enter`: a shell, or a command, inside all namespaces of a sandbox."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys

import pytest

import nslab
from nslab.lab.upkeep.cgroup_cleanup import wait_until
from nslab.linux import process
from nslab.linux.flags import FLAGS
from tests.terminal import Terminal

HERE = f"test-here-{os.getpid()}"
NAME = f"test-enter-{os.getpid()}"

ENTER = [sys.executable, "-m", "nslab", "enter"]
ALL = dict.fromkeys(FLAGS, True)


def enter(name, *argv, stdin=""):
    return subprocess.run([*ENTER, name, *argv], input=stdin, capture_output=True, text=True, timeout=30)


def below_when(pid, command):
    """Wait until the last process below `pid` has become `command`; return its pid."""

    def is_there():
        below = process.descendants(pid)
        # It may end between the list and the look: a shell's prompt starts processes, too.
        with contextlib.suppress(OSError):
            return below and process.status(below[-1])["Name"] == command

    assert wait_until(is_there, 30)
    return process.descendants(pid)[-1]


def left_in_the_end(pids):
    def left():
        return [pid for pid in pids if process.runs(pid)]

    wait_until(lambda: not left(), 30)
    return left()


@pytest.fixture
def shell(tmp_path):
    """A terminal with a shell in it, in a sandbox that has its own of everything."""
    with nslab.Sandbox(**ALL, hostname="web-1", name=NAME) as box:
        with Terminal([*ENTER, NAME], env={"SHELL": "/bin/bash", "HOME": str(tmp_path)}) as terminal:
            terminal.box = box
            terminal.expect(f"Inside {NAME}")
            terminal.expect(rf"\[{NAME}\] .*[#$] ")
            yield terminal


# -- a command -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("between", [[], ["--"]])
def test_a_command_runs_inside(between):
    with nslab.Sandbox(uts=True, hostname="web-1", name=NAME):
        assert enter(NAME, *between, "uname", "-n").stdout == "web-1\n"
    assert os.uname().nodename != "web-1"


@pytest.mark.parametrize(
    "kinds", [["uts"], ["net", "time"], ["pid", "mnt"], ["user", "cgroup", "ipc"], list(FLAGS)], ids="-".join
)
def test_it_is_in_every_namespace_of_the_sandbox_and_in_no_other(kinds):
    with nslab.Sandbox(**dict.fromkeys(kinds, True), name=NAME) as box:
        seen = enter(NAME, "stat", "-Lc", "%i", *(f"/proc/self/ns/{kind}" for kind in FLAGS)).stdout
        assert [int(inode) for inode in seen.split()] == list(box.ns.values())


def test_it_is_seen_by_the_sandbox_as_one_of_its_own():
    with nslab.Sandbox(pid=True, mnt=True, name=NAME):
        assert int(enter(NAME, "sh", "-c", "echo $$").stdout) < 10
        assert enter(NAME, "cat", "/proc/1/comm").stdout == "nslab:test-ente\n"


def test_input_output_and_status_pass_through():
    with nslab.Sandbox(**ALL, name=NAME):
        done = enter(NAME, "sh", "-c", "cat; echo err >&2; exit 7", stdin="in\n")
        assert (done.stdout, done.stderr, done.returncode) == ("in\n", "err\n", 7)
        assert enter(NAME, stdin="uname -s; exit 3").returncode == 3
        assert enter(NAME, "sh", "-c", "kill -9 $$").returncode == 128 + signal.SIGKILL
        missing = enter(NAME, "no-such-program")
        assert missing.returncode == 127
        assert missing.stderr == f"nslab enter: no-such-program: No such file or directory in {NAME}\n"
        assert enter(NAME, "/etc").returncode == 126


def test_a_pipe_that_closes_ends_it():
    with nslab.Sandbox(uts=True, name=NAME):
        line = f"{{ {shlex.join([*ENTER, NAME, 'yes'])}; echo $? >&2; }} | head -1"
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=30)
        assert (done.stdout, done.stderr) == ("y\n", f"{128 + signal.SIGPIPE}\n")


def test_the_environment_says_where_it_is_and_not_whose_session_it_is():
    with nslab.Sandbox(uts=True, name=NAME):
        env = {**os.environ, "NSLAB_SESSION": "1-1"}
        seen = subprocess.run([*ENTER, NAME, "env"], capture_output=True, text=True, env=env).stdout
        assert f"NSLAB_SANDBOX={NAME}\n" in seen
        assert "NSLAB_SESSION" not in seen


def test_root_outside_becomes_root_inside(as_root):
    if not as_root:
        pytest.skip("root alone may map ids that are not its own")
    ids = [(0, 100_000, 65_536)]
    with nslab.Sandbox(user=True, uts=True, uid_map=ids, gid_map=ids, name=NAME):
        assert enter(NAME, "id", "-u").stdout == "0\n"
        with subprocess.Popen([*ENTER, NAME, "cat"], stdin=subprocess.PIPE) as command:
            pid = below_when(command.pid, "cat")
            assert process.status(pid)["Uid"].split()[0] == "100000"
            command.stdin.close()


@pytest.mark.parametrize("kinds", [{"uts": True}, {"pid": True, "mnt": True}])
def test_it_ends_with_the_sandbox_without_a_terminal_too(kinds):
    with nslab.Sandbox(**kinds, name=NAME) as box:
        command = subprocess.Popen(
            [*ENTER, NAME, "sh", "-c", "setsid sleep 1000 & echo go; sleep 1000"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert command.stdout.readline() == "go\n"
        below = process.descendants(command.pid)
        assert len(below) >= 3
        box.close()
        out, err = command.communicate(timeout=60)
    assert (out, err) == ("", f"The sandbox {NAME} has ended, and with it what ran in here.\n")
    assert command.returncode == 129
    assert left_in_the_end(below) == []


def test_what_runs_on_in_the_background_ends_with_the_command():
    with nslab.Sandbox(uts=True, name=NAME):
        pid = int(enter(NAME, "sh", "-c", "setsid sleep 1000 >/dev/null 2>&1 & echo $!").stdout)
        assert not process.runs(pid)


def test_an_unknown_name_is_answered_with_those_there_are():
    with nslab.Sandbox(uts=True, name=HERE):
        done = enter("nowhere", "true")
    assert done.returncode == 2
    assert "no sandbox is called 'nowhere'; there are: " in done.stderr
    assert HERE in done.stderr


# -- a shell on a terminal -----------------------------------------------------------------------------


def test_a_shell_with_the_sandboxs_name_in_its_prompt(shell):
    shell.type("uname -n; echo $NSLAB_SANDBOX\r")
    shell.expect(f"\nweb-1\r\n{NAME}\r\n")
    shell.expect(rf"\[{NAME}\] (?!\[)")
    assert "job control" not in shell.text
    shell.type("exit 5\r")
    assert shell.status() == 5
    assert shell.restored


def test_it_sees_the_pids_of_the_sandbox(shell):
    shell.type("ps -A -o pid=,sid=,comm= | tr -s ' '; echo $$.\r")
    below = shell.expect(r"\n((?: ?\d+ \d+ .*\r\n)+)(\d+)\.\r\n")
    mine = int(below[2])
    seen = [line.split() for line in below[1].splitlines()]
    assert ["1", "0", "nslab:test-ente"] in seen
    assert [str(mine), str(mine), "bash"] in seen, "the shell leads a session of its own"
    assert mine < 10


def test_jobs_and_ctrl_c(shell):
    shell.type("sleep 1000\r")
    shell.expect("sleep 1000\r\n")
    below_when(shell.pid, "sleep")
    shell.type("\x03")
    shell.expect(r"\^C")
    shell.expect(rf"\[{NAME}\]")
    shell.type("echo status $?\r")
    shell.expect("\nstatus 130\r\n")
    shell.type("sleep 1000 &\r")
    shell.expect(r"\n\[1\] \d+\r\n")
    shell.type("kill %1; wait; true\r")
    shell.expect("Terminated")
    shell.expect(rf"\[{NAME}\] .*[#$] $")
    shell.type("\x04")
    assert shell.status() == 0


def test_it_follows_the_size_of_the_terminal(shell):
    shell.type("stty size\r")
    shell.expect("\n24 80\r\n")
    shell.resize(40, 132)
    # The size comes through a moment later, on a busy machine a longer one.
    shell.type("until [ \"$(stty size)\" = '40 132' ]; do sleep 0.02; done; stty size\r")
    shell.expect("\n40 132\r\n")


def test_a_long_paste_arrives_whole(shell):
    line = "x" * 60
    shell.type("stty -echo; wc -l\r")
    shell.expect("wc -l\r\n")
    for _ in range(4):
        shell.type(f"{line}\n" * 100)
    shell.type("\x04")
    shell.expect("\n?400\r\n")


@pytest.mark.parametrize("kinds", [{"uts": True}, {"pid": True, "mnt": True}])
def test_the_end_of_the_sandbox_ends_the_shell(kinds):
    with nslab.Sandbox(**kinds, name=NAME) as box, Terminal([*ENTER, NAME]) as terminal:
        terminal.expect(rf"\[{NAME}\]")
        terminal.type("trap '' HUP; sh -c \"trap '' HUP; sleep 1000\" & echo started\r")
        terminal.expect("\nstarted\r\n")
        below = process.descendants(terminal.pid)
        assert len(below) >= 3
        assert not terminal.restored
        box.close()
        terminal.expect(f"The sandbox {NAME} has ended")
        assert terminal.status() == 129
        assert terminal.restored
    assert left_in_the_end(below) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_shell_and_restores_the_terminal(shell, number):
    below = process.descendants(shell.pid)
    os.kill(shell.pid, number)
    assert shell.status() == 128 + number
    assert shell.restored
    assert left_in_the_end(below) == []
    assert shell.box.run("uname -n").stdout == "web-1\n"


def test_kill_9_leaves_no_shell_behind(shell):
    below = process.descendants(shell.pid)
    assert len(below) >= 2
    os.kill(shell.pid, signal.SIGKILL)
    assert shell.status() == -signal.SIGKILL
    assert left_in_the_end(below) == []


@pytest.mark.parametrize("shell", ["/bin/sh", "/no/such/shell"])
def test_another_shell_has_such_a_prompt_too(shell):
    with nslab.Sandbox(uts=True, name=NAME):
        with Terminal([*ENTER, NAME], env={"SHELL": shell}) as terminal:
            terminal.expect(rf"\n\[{NAME}\] ")
            terminal.type("exit\r")
            assert terminal.status() == 0


def test_a_command_on_a_terminal_says_nothing_of_its_own():
    with nslab.Sandbox(uts=True, hostname="web-1", name=NAME):
        with Terminal([*ENTER, NAME, "sh", "-c", "tty -s && uname -n"]) as terminal:
            assert terminal.status() == 0
            assert terminal.text == "web-1\r\n"


def test_the_method_does_the_same():
    script = "import nslab; box = nslab.Sandbox(uts=True, hostname='web-1'); print('status', box.enter())"
    with Terminal([sys.executable, "-c", script], env={"SHELL": "/bin/sh"}) as terminal:
        terminal.expect(r"\[sandbox-\d+\]")
        terminal.type("uname -n; exit 4\r")
        terminal.expect("\nweb-1\r\n")
        terminal.expect("status 4\r\n")
        assert terminal.status() == 0


def test_the_method_without_a_terminal_says_which_command_does_it(capsys):
    with nslab.Sandbox(uts=True, name=NAME) as box:
        assert box.enter() is None
    assert f"nslab enter {NAME}" in capsys.readouterr().out
    with nslab.Sandbox(uts=True) as box, pytest.raises(ValueError, match="name=None"):
        box.enter()
