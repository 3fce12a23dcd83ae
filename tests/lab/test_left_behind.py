"""After kill -9 of the client, of the fork server, of the keeper, or of all of them, nothing is left."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

import nslab
from nslab.lab.server import keeper
from nslab.lab.upkeep import registry, session
from nslab.lab.upkeep.cgroup_cleanup import wait_until
from nslab.linux import process

NAME = f"left-behind-{os.getpid()}"

CLIENT = f"""
    import nslab, os, sys, time
    box = nslab.Sandbox(uts=True, mnt=True, name="{NAME}")
    box.run("sleep 1000 >/dev/null 2>&1 & setsid sleep 1000 >/dev/null 2>&1 &")
    deep = nslab.Sandbox(pid=True, mnt=True).sandbox(uts=True)
    deep.run("sleep 1000 >/dev/null 2>&1 &")
    child = nslab.clone(lambda: (os.fork(), time.sleep(1000)))
    from nslab.lab.client.host import host
    print(host()._keeper.pid, flush=True)
    time.sleep(1000)
"""


class Client:
    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(CLIENT)], stdout=subprocess.PIPE, text=True
        )
        self.keeper = int(self.process.stdout.readline())
        self.server = process.children(self.keeper)[0]
        self.session = session.name_of(self.keeper)
        assert wait_until(lambda: len(process.descendants(self.process.pid)) >= 10, 30)
        self.everything = process.descendants(self.process.pid)

    def kill_all(self):
        """Client, keeper and fork server at once: stopped first, so that none can act on the end of another."""
        for sign in (signal.SIGSTOP, signal.SIGKILL):
            for pid in (self.keeper, self.server, self.process.pid):
                os.kill(pid, sign)
        self.process.wait()

    def end(self):
        self.process.kill()
        self.process.wait()
        for pid in self.everything:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def left(self):
        return [pid for pid in self.everything if process.runs(pid)]

    def left_in_the_end(self):
        wait_until(lambda: not self.left(), 30)
        return self.left()


@pytest.fixture
def client():
    client = Client()
    assert NAME in [e.name for e in registry.entries()]
    yield client
    client.end()


@pytest.mark.parametrize("victims", [("client",), ("server",), ("keeper",), ("client", "server"), ("client", "keeper")])
def test_nothing_is_left(client, victims):
    pids = {"client": client.process.pid, "server": client.server, "keeper": client.keeper}
    for victim in victims:
        os.kill(pids[victim], signal.SIGKILL)
    if "client" in victims:
        client.process.wait()
    assert client.left_in_the_end() == []
    assert wait_until(lambda: NAME not in [e.name for e in registry.entries()], 30)


def alone(function):
    """What it returns in a pid namespace of its own, where no start of anybody else's can do the work first."""
    with nslab.Sandbox(pid=True, mnt=True) as box:
        return box.call(function)


def after_all_were_killed(finish):
    """What is left when client, keeper and server are gone, and after `finish`; whether the session is still known."""
    client = Client()
    try:
        client.kill_all()
        time.sleep(0.3)
        left = client.left()
        finish()
        return left, client.left_in_the_end(), client.session in registry.sessions(), session.alive(client.session)
    finally:
        client.end()


def start():
    subprocess.run([sys.executable, "-c", "import nslab, os; nslab.clone(os.getpid).result()"], check=True)


@pytest.mark.parametrize("finish", [start, keeper.clean])
def test_when_all_were_killed_the_next_start_or_clean_finishes_the_job(finish):
    at_first, in_the_end, known, alive = alone(lambda: after_all_were_killed(finish))
    assert at_first, "the test needs something that is left, such as a daemon that left its parent"
    assert in_the_end == []
    assert not known
    assert not alive


def test_clean_leaves_the_living_alone(client):
    before = client.left()
    keeper.clean()
    assert client.left() == before


UNSEEN = """
    import itertools, subprocess
    from nslab.lab.upkeep import cleanup
    from nslab.linux import process
    seen, looks = process.children, itertools.count()
    process.children = lambda pid: seen(pid) if next(looks) else []
    child = subprocess.Popen(["sleep", "1000"])
    cleanup.kill_descendants()
    print(next(looks) > 1 and not process.children("self"))
    child.kill()
"""


def test_who_carries_the_mark_of_a_dead_session_is_not_killed_by_itself():
    """Whoever was started from something of nslab's, such as a terminal's tmux, has the name in its environment."""
    assert alone(marked) == ("True\nafter\n", "")


def marked():
    code = "import nslab, os; print(nslab.clone(os.getpid).result() > 0)"
    # Of a session of this pid namespace: to those outside it lives, as they cannot tell.
    env = {**os.environ, session.ENV: f"1-2-{session.namespace()}"}
    done = subprocess.run(["sh", "-c", f'{sys.executable} -c "{code}"; echo after'], capture_output=True, text=True,
                          env=env, timeout=30)  # fmt: skip
    return done.stdout, done.stderr


def test_a_child_that_proc_leaves_out_is_not_overlooked():
    """proc(5): the list of children is complete only while none of them ends."""
    code = ["-c", textwrap.dedent(UNSEEN)]
    assert subprocess.run([sys.executable, *code], capture_output=True, text=True).stdout == "True\n"
