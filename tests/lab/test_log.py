"""What is told when a keeper or a fork server ends: to the one who waits, and by `nslab log`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from nslab.lab.client.sandbox import Sandbox
from nslab.lab.upkeep import log, registry
from nslab.linux import memfile

ROOT = Path(__file__).resolve().parents[2]
TOLD = """
import nslab, os, signal, struct, sys, time
from nslab.lab.client.host import host
from nslab.linux import process
child = nslab.clone(time.sleep, args=(1000,), stream=False)
print(host().session)
server = process.children(host().keeper)[0]
{act}
for ask in (child.result, lambda: nslab.clone(os.getpid).result(), lambda: nslab.clone(os.getpid).result()):
    try:
        print(ask() > 0)
    except Exception as e:
        print(type(e).__name__, e)
"""
WORKS = """
import os, sys
import nslab
with open(sys.argv[1], "w") as f:
    f.write(f"{nslab.clone(os.getpid).result() > 0} {nslab.Sandbox(uts=True, hostname='web').run('uname -n')}")
    f.write(str(nslab.clone(lambda: print("shown")).wait()))
"""


@pytest.fixture(autouse=True)
def kept(tmp_path_factory, monkeypatch):
    """Where this test's logs are; root's are in /run."""
    place = tmp_path_factory.mktemp("runtime")
    place.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))


def python(code):
    return subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60)


def nslab(*argv):
    return subprocess.run([sys.executable, "-m", "nslab", *argv], capture_output=True, text=True, timeout=60)


def told(act):
    done = python(TOLD.format(act=act))
    assert done.stderr == "", "nothing goes past the one who waits"
    name, lost, *others = done.stdout.splitlines()
    assert others[-1] == "True", "the next call starts a new one"
    return name, lost, others


def until(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


def logged(name):
    done = nslab("log", name)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_fork_server_that_was_killed():
    name, lost, _ = told("os.kill(server, signal.SIGKILL)")
    assert re.fullmatch(
        r"Left the child \d+ ended before it returned a value: the fork server has ended \(killed by SIGKILL.*\); "
        "`nslab log` tells more", lost,
    )  # fmt: skip
    text = logged(name)
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} the fork server ended: killed by SIGKILL", text)
    assert "cleaned up: 1 processes killed" in text


def test_a_fork_server_that_raised():
    """A message that is none: the length of one, and then what marshal cannot read."""
    name, lost, _ = told('host()._socket.sendall(struct.pack("!Q", 4) + b"????")')
    assert "the fork server has ended (ValueError: bad marshal data (unknown type code)); `nslab log`" in lost
    text = logged(name)
    assert "Traceback (most recent call last):" in text
    assert "loop.py" in text


def test_a_keeper_that_was_killed():
    _, lost, _ = told("os.kill(host().keeper, signal.SIGKILL)")
    assert "the fork server has ended (its keeper was killed by SIGKILL); `nslab log` tells more" in lost


def test_a_keeper_that_was_told_to_end_says_by_whom():
    # From then on it can note it.
    name, lost, _ = told("""
fds = f"/proc/{host().keeper}/fd"
while not any("signalfd" in os.readlink(f"{fds}/{fd}") for fd in os.listdir(fds)):
    time.sleep(0.2)
time.sleep(0.2)
os.kill(host().keeper, signal.SIGTERM)""")
    assert re.search(r"the keeper was sent SIGTERM by a script of python \(pid \d+, ", lost)
    assert "the keeper was sent SIGTERM by a script of python" in logged(name)


def test_whoever_closes_in_good_order_is_logged_so():
    name = python("from nslab.lab.client.host import host\nprint(host().session)").stdout.strip()
    text = logged(name)
    assert "which has ended:" in text
    assert "the fork server has ended, as its socket was closed" in text
    assert name in nslab("log", "--list").stdout
    unknown = nslab("log", "nobody")
    assert unknown.returncode == 2
    assert "there is no log of a session 'nobody'" in unknown.stderr


def test_a_session_that_runs_is_told_too():
    code = "import sys\nfrom nslab.lab.client.host import host\nprint(host().session, flush=True)\nsys.stdin.read()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], text=True, **pipes) as one:
        name = one.stdout.readline().strip()
        until(lambda: f"for process {one.pid}" in nslab("log").stdout)
        assert f"{name}, which runs:" in logged(name)


def test_a_sandbox_says_how_its_first_process_ended():
    with Sandbox(uts=True, name="shot") as box:
        os.kill(box.pid, signal.SIGKILL)
        with pytest.raises(ProcessLookupError, match=r"the sandbox shot has ended \(its first process was killed by"):
            box.run("true")
    with pytest.raises(ProcessLookupError, match=r"the sandbox shot has ended.*: make a new one"):
        box.run("true")


# -- where it cannot be as usual ---------------------------------------------------------------------------


@pytest.fixture
def works(tmp_path):
    """Run WORKS by a shell that makes the situation; return what nslab did, or the traceback."""
    (tmp_path / "works.py").write_text(WORKS)
    out = tmp_path / "out"

    def run(shell, prefix=(), **env):
        command = shell.replace("PYTHON", f"{sys.executable} {tmp_path}/works.py {out}")
        done = subprocess.run([*prefix, "/bin/sh", "-c", command], capture_output=True, text=True, timeout=60,
                              env={**os.environ, "PYTHONPATH": str(ROOT), **env}, cwd=tmp_path)  # fmt: skip
        return out.read_text() if out.exists() else done.stdout + done.stderr

    return run


def test_in_a_directory_that_was_removed(works):
    assert works("mkdir gone && cd gone && rmdir ../gone && PYTHON") == "True web0"


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "1>&- 2>&-", "0<&- 1>&- 2>&-"])
def test_with_standard_descriptors_closed(works, closed):
    assert works(f"PYTHON {closed}") == "True web0"


PRIVATE = ("unshare", "--mount", "--propagation", "private")
PRIVATE_AS_USER = ("unshare", "--user", "--map-root-user", "--mount", "--propagation", "private")
NO_PLACE = """
import nslab, os
print(nslab.clone(os.getpid).result() > 0, nslab.Sandbox(uts=True, hostname='web').run('uname -n'))
try:
    nslab.Sandbox(uts=True, name="named")
except nslab.Unsupported as e:
    print(e)
"""


def in_private(mounts, code, *options):
    """Run code where /run, /tmp and /dev/shm are other mounts; what it needs of the project is bound to /mnt."""
    kept = [str(ROOT), *{str(Path(sys.prefix).resolve()), str(Path(sys.base_prefix).resolve())} - {"/usr"}]
    binds = "".join(f"mkdir -p /mnt/{i} && mount --bind {path} /mnt/{i}\n" for i, path in enumerate(kept))
    python = sys.executable.replace(str(kept[1]), "/mnt/1") if len(kept) > 1 else sys.executable
    script = f"set -e\nmount -t tmpfs x /mnt\n{binds}cd /\n{mounts}\nexec env -u XDG_RUNTIME_DIR " \
             f"PYTHONPATH=/mnt/0 PYTHONDONTWRITEBYTECODE=1 {python} {' '.join(options)} -c \"$0\""  # fmt: skip
    prefix = PRIVATE if os.geteuid() == 0 else PRIVATE_AS_USER
    return subprocess.run([*prefix, "/bin/sh", "-c", script, textwrap.dedent(code)], capture_output=True, text=True,
                          timeout=60)  # fmt: skip


@pytest.mark.parametrize("how", ["-o ro", "-o nr_inodes=1"])
def test_where_neither_run_nor_tmp_can_be_written_to_another_place_does(how):
    done = in_private(f"mount -t tmpfs x /dev/shm; for place in /run /tmp; do mount -t tmpfs {how} x $place; done", """
        import nslab
        from nslab.lab.upkeep import log, registry
        with nslab.Sandbox(uts=True, name="named") as box:
            print(registry.directory().parent, log.directory().parent, [e.name for e in registry.entries()])
    """)  # fmt: skip
    assert done.stdout == "/dev/shm /dev/shm ['named']\n", done.stderr


def test_where_no_place_can_be_written_to_all_works_but_what_has_to_be_noted():
    everywhere = "for place in /run /tmp /dev/shm; do mount -t tmpfs -o ro x $place; done"
    done = in_private(everywhere, NO_PLACE)
    first, *said = done.stdout.splitlines()
    assert first == "True web", done.stdout + done.stderr
    what = "a directory in which nslab notes what it has made is not available here: /tmp is read-only (the mount at"
    assert said[0].startswith(what)
    assert "set XDG_RUNTIME_DIR to a directory of yours" in said[1]
    killed = in_private(everywhere, TOLD.format(act="os.kill(server, signal.SIGKILL)"))
    assert "the fork server has ended (killed by SIGKILL" in killed.stdout, killed.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ('sys.executable = "/bin/false"', "the fork server has ended (its keeper ended with status 1); `nslab log`"),
        ('sys.executable = "/nowhere/python"', "/nowhere/python: not found); `nslab log`"),
    ],
)
def test_a_python_that_does_not_start_is_told(change, said):
    """What it says before a line of nslab's runs is what there is to say."""
    code = f"import nslab, os, sys\n{change}\ntry: nslab.clone(os.getpid).result()\nexcept RuntimeError as e: print(e)"
    done = python(code)
    assert said in done.stdout, done.stderr
    assert "why was not noted" not in done.stdout


# -- how much is kept --------------------------------------------------------------------------------------


def test_a_log_does_not_become_larger():
    fd = memfile.bounded("nslab-log", log.SIZE)
    code = "from nslab.lab.upkeep import log\nfor i in range(2000): log.note(f'line {i} {i:0100}')\nprint('goes on')"
    done = subprocess.run([sys.executable, "-c", code], stderr=fd, stdout=subprocess.PIPE, text=True, timeout=60)
    text = log.text_of(fd)
    assert os.fstat(fd).st_size == log.SIZE
    os.close(fd)
    assert done.stdout == "goes on\n"
    assert "line 0 " in text
    assert len(text) > log.SIZE - 200


def test_the_last_twenty_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "places", lambda name: [tmp_path / name])
    for i in range(30):
        log.save(f"session-{i}", f"log {i}\n")
        os.utime(tmp_path / "nslab-log" / f"session-{i}", (i, i))
    assert [name for name, _ in log.saved()] == [f"session-{i}" for i in range(29, 9, -1)]
    assert (tmp_path / "nslab-log").stat().st_mode & 0o777 == 0o700


def test_a_place_that_is_another_users_is_not_taken(tmp_path, monkeypatch):
    (tmp_path / "first").mkdir(mode=0o755)
    monkeypatch.setattr(registry, "places", lambda name: [tmp_path / "first", tmp_path / "second"])
    assert log.directory() == tmp_path / "second"


def test_what_a_log_says_in_the_end():
    assert log.reason("a\nthe fork server ended: killed by SIGKILL\ncleaned up: 2\n") == "killed by SIGKILL"
    assert log.reason("Traceback\n  File\nModuleNotFoundError: no nslab\n\n") == "ModuleNotFoundError: no nslab"
    assert log.reason("") == ""
