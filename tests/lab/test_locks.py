"""Taking turns: whoever waits is told for whom, gets there, and can break it off; real processes, real locks."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import nbclient
import nbformat
import pytest

from nslab.lab.upkeep import locks
from nslab.linux.flocks import Flocks, flocks, parsed
from tests.terminal import Terminal

ONE = """
import signal, sys, time
from nslab.lab.upkeep import locks
signal.signal(signal.SIGINT, signal.default_int_handler)
*paths, count, seconds, shared = sys.argv[1:]
try:
    with locks.turn(paths, "measure on CPU 1", count=int(count), shared=shared == "shared") as hold:
        print("has", *(path[-1] for path in hold.paths), flush=True)
        sys.stdin.read() if seconds == "told" else time.sleep(float(seconds))
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
PLAIN = """
import fcntl, os, sys, time
fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX)
print("has", flush=True)
time.sleep(1000)
"""


@pytest.fixture
def place(tmp_path):
    """Two directories in one that stands for the kernel's; closed to nobody."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def start():
    """Start a process that takes its turn, until it is told to let go; all are ended at the end."""
    made = []

    def started(*paths, count=None, seconds="told", shared=""):
        args = [*map(str, paths), str(count or len(paths)), str(seconds), shared]
        made.append(subprocess.Popen([sys.executable, "-c", ONE, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE, text=True))  # fmt: skip
        return made[-1]

    yield started
    for each in made:
        each.kill()
        each.communicate()


def until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def let_go(process):
    process.stdin.close()
    process.stdin = None
    assert process.wait(30) == 0


def waits(path, process):
    """Until a process is in the queue of a directory, or at its head."""
    until(lambda: process.pid in sum(flocks(str(path)), ()))


def test_the_second_waits_for_the_first_and_names_it(place, start):
    first = start(place / "a")
    assert first.stdout.readline() == "has a\n"
    second = start(place / "a", seconds=0)
    line = second.stderr.readline()
    time.sleep(2)
    let_go(first)
    assert second.communicate(timeout=60) == ("has a\n", "the wait is over\n")
    # Not a terminal, so one line and not one a second.
    assert re.match(r"waiting \(\d s\) for 1 other who measures on CPU 1: a script of python \(pid ", line)
    assert f"(pid {first.pid}, " in line


def test_all_who_wait_get_there_in_the_order_in_which_they_came(place, start):
    holder = start(place / "a")
    holder.stdout.readline()
    waiting = []
    for _ in range(3):
        waiting.append(start(place / "a"))
        waits(place, waiting[-1])
    # Whose end is by SIGKILL has let go, too.
    holder.kill()
    for process in waiting:
        assert process.stdout.readline() == "has a\n"
        assert flocks(str(place / "a")).holding == (process.pid,)
        let_go(process)


def test_who_is_told_counts_the_holder_and_those_before(place, start):
    holder, second = start(place / "a"), None
    holder.stdout.readline()
    second = start(place / "a")
    waits(place, second)
    third = start(place / "a")
    line = third.stderr.readline()
    assert "for 2 others who measure on CPU 1: " in line
    assert f"pid {holder.pid}, " in line
    assert f"pid {second.pid}, " in line
    assert line.endswith("; interrupt to give up\n")


def test_one_that_returns_at_once_is_behind_those_that_wait(place, start):
    """A demo takes its turn many times; another one has not to wait for its end."""
    code = ONE.replace("try:\n", "for _ in range(3000):\n").replace("except KeyboardInterrupt", "if False")
    args = [str(place / "a"), "1", "0.1", ""]
    with subprocess.Popen([sys.executable, "-c", code, *args], stdout=subprocess.PIPE, text=True) as often:
        often.stdout.readline()
        assert start(place / "a", seconds=0).communicate(timeout=60)[0] == "has a\n"
        assert often.poll() is None, "it went on meanwhile"
        often.kill()


def test_who_wants_both_gets_there_among_those_who_want_one(place, start):
    code = ONE.replace("try:\n", "for _ in range(3000):\n").replace("except KeyboardInterrupt", "if False")
    args = [str(place / "a"), str(place / "b"), "1", "0.1", ""]
    many = [subprocess.Popen([sys.executable, "-c", code, *args], stdout=subprocess.PIPE) for _ in range(3)]
    try:
        for each in many:
            each.stdout.readline()
        assert start(place / "a", place / "b", seconds=0).communicate(timeout=60)[0] == "has a b\n"
        assert [each.poll() for each in many] == [None] * 3, "the others went on meanwhile"
    finally:
        for each in many:
            each.kill()
            each.communicate()


def test_the_first_free_one_is_taken_where_any_will_do(place, start):
    a = start(place / "a", place / "b", count=1)
    assert a.stdout.readline() == "has a\n"
    b = start(place / "a", place / "b", count=1)
    assert b.stdout.readline() == "has b\n"
    third = start(place / "a", place / "b", count=1)
    assert f"pid {a.pid}, " in (line := third.stderr.readline())
    assert f"pid {b.pid}, " in line
    b.kill()
    assert third.stdout.readline() == "has b\n"
    assert flocks(str(place)) == Flocks((), ())


def test_those_who_share_do_not_keep_out_who_wants_it_alone(place, start):
    first = start(place / "a", shared="shared")
    assert first.stdout.readline() == "has a\n"
    second = start(place / "a", seconds=0, shared="shared")
    assert second.communicate(timeout=60)[0] == "has a\n"
    alone = start(place / "a")
    waits(place, alone)
    late = start(place / "a", shared="shared")
    waits(place, late)
    let_go(first)
    assert alone.stdout.readline() == "has a\n"
    assert flocks(str(place / "a")).holding == (alone.pid,)
    let_go(alone)
    assert late.stdout.readline() == "has a\n"


def test_an_interrupt_ends_the_wait_and_nothing_is_left_held(place, start):
    holder = start(place / "a")
    holder.stdout.readline()
    first, second = start(place / "a"), None
    waits(place, first)
    second = start(place / "a")
    waits(place, second)
    third = start(place / "a")
    waits(place, third)
    for each in (first, third):
        each.send_signal(signal.SIGINT)
        assert each.communicate(timeout=60)[0] == "interrupted\n"
    assert flocks(str(place)) == Flocks((second.pid,), ())
    holder.kill()
    assert second.stdout.readline() == "has a\n"


RANDOM = """
import os, random, signal, sys, threading, time
from nslab.lab.upkeep import locks
random.seed(7)
signal.signal(signal.SIGINT, signal.default_int_handler)
main, hit = threading.main_thread().ident, 0
def interrupt(after):
    time.sleep(after)
    signal.pthread_kill(main, signal.SIGINT)
for _ in range(60):
    thread = threading.Thread(target=interrupt, args=(random.uniform(0, 0.01),))
    try:
        thread.start()
        while True:
            with locks.turn(sys.argv[1:], "measure", count=1):
                pass
    except KeyboardInterrupt:
        hit += 1
    thread.join()
left = []
for fd in range(3, 100):
    try:
        left.append(os.readlink(f"/proc/self/fd/{fd}"))
    except FileNotFoundError:
        pass
print(hit, left)
with locks.turn(sys.argv[1:], "measure"):
    print("both")
"""


def test_an_interrupt_at_any_moment_leaves_no_descriptor(place):
    done = subprocess.run([sys.executable, "-c", RANDOM, str(place / "a"), str(place / "b")], capture_output=True,
                          text=True, timeout=60)  # fmt: skip
    assert done.stdout == "60 []\nboth\n", done.stderr


def test_what_this_very_thread_holds_it_does_not_wait_for(place):
    with locks.turn([str(place / "a")], "measure"), pytest.raises(locks.Own, match=r"/a$"):
        locks.turn([str(place / "a")], "measure").__enter__()
    with locks.turn([str(place / "a")], "measure"):
        pass


def test_what_a_thread_that_has_ended_holds_is_this_processs_too(place):
    kept = locks.turn([str(place / "a")], "measure")
    thread = threading.Thread(target=kept.__enter__)
    thread.start()
    thread.join()
    with pytest.raises(locks.Own):
        locks.turn([str(place / "a")], "measure").__enter__()
    kept.__exit__(None, None, None)


def test_one_process_shares_with_itself_though_another_waits_to_have_it_alone(place, start):
    path = str(place / "a")
    with locks.turn([path], "measure", shared=True):
        alone = start(path)
        waits(place, alone)
        with locks.turn([path], "measure", shared=True):
            pass
        assert flocks(path).holding == (os.getpid(),), "the first is still there"
    assert alone.stdout.readline() == "has a\n"


def test_a_forked_process_holds_nothing(place):
    read, write = os.pipe()
    with locks.turn([str(place / "a")], "measure"):
        pid = os.fork()
        if pid == 0:
            os.close(write)
            os.read(read, 1)
            os._exit(0)
    until(lambda: flocks(str(place / "a")) == Flocks((), ()))  # it goes with the parent's turn
    with locks.turn([str(place / "a")], "measure"):
        pass
    os.close(write)
    os.waitpid(pid, 0)
    os.close(read)


def test_a_lock_that_was_left_to_a_child_is_named(place):
    """As `flock DIRECTORY COMMAND &` does it: the process that /proc/locks would name has ended."""
    code = """import fcntl, os, sys
fd = os.open(sys.argv[1], 0)
fcntl.flock(fd, fcntl.LOCK_EX)
os.set_inheritable(fd, True)
if os.fork() == 0:
    os.execlp("sleep", "sleep", "1000")
"""
    subprocess.run([sys.executable, "-c", code, str(place / "a")], timeout=60)
    until(lambda: flocks(str(place / "a")).holding)
    (pid,) = flocks(str(place / "a")).holding
    try:
        until(lambda: locks.named(pid).startswith("sleep 1000 (pid "))
    finally:
        os.kill(pid, signal.SIGKILL)


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone may become somebody else")
def test_another_users_process_is_named_and_names_this_one(place):
    """On a directory of the kernel's, which every user may lock and read of."""
    path = "/sys/kernel/mm"
    plain = [shutil.which("python3", path="/usr/bin") or sys.executable, "-c", PLAIN, path]
    with subprocess.Popen(["setpriv", "--reuid=1234", "--regid=1234", "--clear-groups", *plain],
                          stdout=subprocess.PIPE) as other:  # fmt: skip
        assert other.stdout.readline() == b"has\n"
        assert locks._others([path], "", "measure", threading.current_thread()).endswith(f"(pid {other.pid}, uid 1234)")
        other.kill()
    with locks.turn([path], "measure"):
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.setresuid(1234, 1234, 1234)
            os.write(write, locks._others([path], "", "measure", threading.current_thread()).encode())
            os._exit(0)
        os.waitpid(pid, 0)
        assert f"(pid {os.getpid()}, root)" in os.read(read, 4096).decode()
        os.close(read)
        os.close(write)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a pid namespace, and a /proc of it")
def test_who_is_in_another_pid_namespace_is_said_to_be(place, start):
    holder = start(place / "a")
    holder.stdout.readline()
    inside = ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", ONE, str(place / "a"), "1", "0", ""]
    with subprocess.Popen(inside, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as waiter:
        assert "somebody who cannot be seen from here (in another pid namespace, or hidden)" in waiter.stderr.readline()
        holder.kill()
        assert waiter.communicate(timeout=60)[0] == "has a\n"


def test_what_proc_says():
    text = """1: FLOCK  ADVISORY  WRITE 11 00:16:7 0 EOF
1: -> FLOCK  ADVISORY  WRITE 12 00:16:7 0 EOF
1:     -> FLOCK  ADVISORY  READ 13 00:16:7 0 EOF
2: POSIX  ADVISORY  WRITE 14 00:16:7 0 EOF
3: OFDLCK ADVISORY  READ -1 00:06:1 0 EOF
4: FLOCK  ADVISORY  WRITE 0 00:16:7 0 EOF
5: FLOCK  ADVISORY  WRITE 15 00:17:7 0 EOF
6: LEASE  ACTIVE    READ 16 00:16:7 0 EOF"""
    assert parsed(text, "00:16:7") == Flocks((11,), (12, 13))


@pytest.mark.parametrize("own_line", [False, True])
def test_on_a_terminal_the_line_is_replaced_and_goes(place, start, own_line):
    """Also where a demo has a line of its own there: that one gives way meanwhile."""
    holder = start(place / "a")
    holder.stdout.readline()
    code = ONE.replace("try:\n", "from nslab.show.status import status\ntry:\n")
    if own_line:
        code = code.replace("    with locks", "    with status() as tell, locks").replace(
            '    print("has', '    tell("measures"); print("has'
        )
    with Terminal([sys.executable, "-c", code, str(place / "a"), "1", "1.5", ""], env={"TERM": "xterm"}) as terminal:
        first = terminal.expect(r"\rwaiting \((\d) s\) for 1 other who measures on CPU 1: a script of python \(pid")
        assert int(terminal.expect(r"\rwaiting \((\d+) s\) for 1 other")[1]) > int(first[1])
        let_go(holder)
        terminal.expect("has a")
        if own_line:
            terminal.expect(r"\rmeasures … [0-9]+ s")
        assert terminal.status(30) == 0
    assert "\n" not in terminal.text.partition("has a")[0]
    assert max(map(len, re.split("\r|\n|has a", terminal.text))) < 80
    # Nothing is left of it.
    assert terminal.text.endswith("\r") if own_line else terminal.text.endswith("\rhas a\r\n")


def test_in_a_notebook_it_shows_in_the_cell_and_goes(place, start):
    holder = start(place / "a")
    holder.stdout.readline()
    cell = f"from nslab.lab.upkeep import locks\nwith locks.turn([{str(place / 'a')!r}], 'measure'): print('has')"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    seen = []
    client = nbclient.NotebookClient(notebook, timeout=60)
    keep = client.process_message

    def look(message, *args):
        if "display_data" in message["msg_type"]:
            seen.append(str(message["content"]))
            if len(seen) == 2:
                holder.kill()
        return keep(message, *args)

    client.process_message = look
    client.execute()
    assert re.search(r"waiting \([2-9] s\) for 1 other who measures", seen[1])
    assert f"pid {holder.pid}, " in seen[1]
    stream, *rest = notebook.cells[0].outputs[::-1]
    assert stream["text"] == "has\n"
    assert [output["data"]["text/html"] for output in rest] == [""]
