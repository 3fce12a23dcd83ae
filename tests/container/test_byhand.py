"""The containers by hand (Python, C, the shell): short, they behave as ours does in what they do, and leave nothing."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nslab.container import byhand, steps
from nslab.linux import cgroupfs, files, mountinfo, process
from tests.container.behaviours import CAPABILITIES, NAMESPACES, PROC, Row
from tests.container.test_network import NAT

pytestmark = pytest.mark.timeout(300)
"""A second kernel has one CPU, and beside others a small part of it."""

HERE = Path(byhand.__file__).parent
LINES = {"byhand.py": 120, "byhand.c": 200, "byhand.sh": 150}
"""At most so many that say something: without blank ones, and without #include."""
FORMS = ("py", "c", "sh")
OTHERWISE = {
    "the first process has number 1": r"[2-9]|\d\d",
    "no other process is to be seen": "3",
    "its own host name": "by-hand",
}
"""What its init makes otherwise: the command is not the first process, and the shell that is asked has one more."""
LEFT_OUT = {"no message queue of the machine", "no shared memory of the machine", "its network has lo alone",
            "/sys/firmware has nothing", "/sys is read-only", "/sys cannot be written",
            "/proc has no programs, devices and set-user-ID"}  # fmt: skip
"""What it does not make: /sys, /dev/shm and /dev/mqueue. Its network has a wire to the machine."""
NO_FILTER = {"nor a user namespace"}
"""What only a filter of system calls forbids; the shell has no program that makes one."""
MARK = "NSLAB_BY_HAND_TEST"
ROOT = os.geteuid() == 0


@pytest.mark.pure
@pytest.mark.parametrize("name", LINES)
def test_it_can_be_read_in_one_go(name):
    lines = (HERE / name).read_text().splitlines()
    assert len([line for line in lines if line.strip() and not line.startswith("#include")]) <= LINES[name]
    assert max(map(len, lines)) <= 120


@pytest.mark.pure
@pytest.mark.any_version
@pytest.mark.skipif(not shutil.which("shellcheck") and not os.environ.get("CI"), reason="apt-get install shellcheck")
def test_the_shell_has_nothing_to_say_against_it():
    for step in range(1, len(steps.TITLES) + 1):
        checked = subprocess.run(["shellcheck", "-e", "SC2034,SC2154", "-"], input=steps.program(step, "sh"),
                                 capture_output=True, text=True)  # fmt: skip
        assert checked.returncode == 0, checked.stdout


@pytest.fixture(scope="session")
def commands(tmp_path_factory):
    """Form → how the program by hand is started."""
    program = tmp_path_factory.mktemp("byhand") / "byhand"
    warnings = ["-Wall", "-Wextra", "-Werror"]
    subprocess.run(["cc", *warnings, "-o", program, HERE / "byhand.c"], check=True)
    return {"py": [sys.executable, "-m", "nslab.container.byhand"], "c": [str(program)],
            "sh": ["sh", str(HERE / "byhand.sh")]}  # fmt: skip


def run(command, root, script) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*command, root, "/bin/sh", "-c", script], capture_output=True, text=True, timeout=30,
                          stdin=subprocess.DEVNULL)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_it_behaves(form, commands, root):
    """All questions in one container: what each answers is a line of its own."""
    rows = [row for row in (*NAMESPACES, *PROC, *CAPABILITIES)
            if row.what not in LEFT_OUT and not (form == "sh" and row.what in NO_FILTER)]  # fmt: skip
    asked = "\n".join(f"printf '\\n== {i}\\n'\n( {row.ask} )" for i, row in enumerate(rows))
    said = run(commands[form], root, asked)
    answers = re.split(r"^== \d+\n", said.stdout, flags=re.MULTILINE)[1:]
    assert len(answers) == len(rows), said
    wrong = [(row.what, answer) for row, answer in zip(rows, answers, strict=True) if not _as_wanted(row, answer)]
    assert wrong == [], said.stderr


def _as_wanted(row: Row, answer: str) -> bool:
    return re.fullmatch(OTHERWISE.get(row.what, row.wanted), answer.rstrip("\n")) is not None


@pytest.mark.parametrize("form", FORMS)
def test_root_inside_is_nobody_special_outside(form, commands, root):
    inside, outside, _ = run(commands[form], root, "cat /proc/self/uid_map").stdout.split()
    assert inside == "0"
    assert int(outside) == (1 << 17 if ROOT else os.geteuid())


@pytest.mark.parametrize("form", FORMS)
def test_it_ends_as_the_command_does_and_leaves_nothing(form, commands, root):
    mounts = mounted()
    assert run(commands[form], root, "exit 7").returncode == 7
    assert run(commands[form], root, "kill -9 $$").returncode == (256 - 9 if form == "py" else 128 + 9)
    missing = subprocess.run([*commands[form], root, "no-such-program"], capture_output=True, text=True)
    assert missing.returncode != 0
    assert "no-such-program" in missing.stderr
    with started(commands[form], root, "true") as box:
        assert box.wait(30) == 0
        wait_until_nothing_is_left(box.pid, mounts)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_written_goes_to_a_layer(form, commands, root):
    said = run(commands[form], root, "echo x >/written && cat /written")
    assert (said.stdout, said.stderr) == ("x\n", "")
    assert not os.path.exists(f"{root}/written")


@pytest.mark.parametrize("form", FORMS)
def test_its_limits_hold(form, commands, root):
    if not cgroupfs.places(("pids",)) or not _gives_pids():
        pytest.skip("this user may give no cgroup a limit on processes here")
    script = "for i in 1 2 3 4 5 6 7 8 9 a b c d e f g h i j k l; do sleep 1 & done"
    assert re.search("Cannot fork|Resource temporarily unavailable", run(commands[form], root, script).stderr)


def _gives_pids() -> bool:
    """Whether a cgroup that this user makes has a limit on processes: in v2 not where processes are beside it."""
    for directory, has in cgroupfs.places(("pids",)).items():
        if os.path.exists(f"{directory}/cgroup.controllers"):
            given = cgroupfs.controllers(directory, "subtree_control")
            if has and ("pids" in given or directory == "/sys/fs/cgroup"):
                return True
        elif "pids" in directory:
            return True
    return False


@pytest.mark.parametrize("form", FORMS)
def test_the_first_of_two_to_end_leaves_the_other_its_limits(form, commands, root):
    """The other is a program of another form: they agree on who takes back what v2 does not give on by itself."""
    if not _gives_pids():
        pytest.skip("this user may give no cgroup a limit on processes here")
    wait = ["sh", "-c", "echo runs; read -r word"]
    before = given()
    first = commands[form]
    second = commands[FORMS[FORMS.index(form) - 1]]
    with started(first, root, *wait) as one, started(second, root, *wait) as two:
        assert (one.stdout.readline(), two.stdout.readline()) == ("runs\n", "runs\n")
        one.communicate("\n", timeout=30)
        limits = [f"{above}/by-hand-{two.pid}/pids.max" for above in cgroupfs.places(("pids",))]
        assert "20" in [files.read(limit) for limit in limits if os.path.exists(limit)]
        two.communicate("\n", timeout=30)
    assert given() == before


def given() -> dict[str, tuple[list[str], list[str]]]:
    """Directory in which the programs make cgroups → what it gives on, and which cgroups of theirs are there."""
    found = {}
    for above in cgroupfs.places(("memory", "pids", "cpu")):
        v2 = os.path.exists(f"{above}/cgroup.subtree_control")
        names = sorted(each for each in os.listdir(above) if each.startswith("by-hand-"))
        found[above] = sorted(cgroupfs.controllers(above, "subtree_control")) if v2 else [], names
    return found


@pytest.mark.parametrize("form", FORMS)
def test_a_signal_reaches_the_command(form, commands, root):
    script = "trap 'echo told; exit 3' TERM; echo ready; while :; do sleep 0.05; done"
    with started(commands[form], root, "/bin/sh", "-c", script) as box:
        assert box.stdout.readline() == "ready\n"
        box.terminate()
        assert box.stdout.read() == "told\n"
        assert box.wait(60) == 3


@pytest.mark.parametrize("form", FORMS)
def test_orphans_are_reaped(form, commands, root):
    # On a busy machine it takes longer until it has ended, and until it is reaped.
    script = (
        "(sleep 0.1 & exec 1>&- true); sleep 0.4; n=200; z=1; while [ $z != 0 ] && [ $n != 0 ]; do "
        "z=$(cat /proc/[0-9]*/stat | grep -c ' Z '); n=$((n - 1)); sleep 0.02; done; echo $z"
    )
    assert run(commands[form], root, script).stdout == "0\n"


@contextlib.contextmanager
def started(command, *arguments):
    """The program, marked in the environment, with what it prints; killed at the end if it still runs."""
    box = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                           stdin=subprocess.PIPE, env={**os.environ, MARK: str(os.getpid())})  # fmt: skip
    try:
        yield box
    finally:
        box.kill()
        box.wait(60)
        box.stdin.close()
        box.stdout.close()


def left(pid: int) -> list[str]:
    """What is there of the container that the program with this number has made, or had."""
    name, children = f"by-hand-{pid}", [f"by-hand{each}" for each in _children(pid)]
    tables = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True).stdout if ROOT else ""
    found = [f"{above}/{name}" for above in cgroupfs.places(("memory", "pids", "cpu")) if _is(f"{above}/{name}")]
    found += [each for each in os.listdir("/sys/class/net") if each in children]
    found += [f"table {name}"] if f"{name}\n" in tables else []
    found += [f"process {each}" for each in filter(str.isdigit, os.listdir("/proc")) if _is_marked(each)]
    return found + ([f"/tmp/{name}"] if _is(f"/tmp/{name}") else [])


def _is(path: str) -> bool:
    return os.path.lexists(path)


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return process.children(pid)
    return []


def _is_marked(pid: str) -> bool:
    with contextlib.suppress(OSError):
        return process.runs(pid) and f"{MARK}={os.getpid()}" in files.read(f"/proc/{pid}/environ").split("\0")
    return False


def wait_until_nothing_is_left(pid: int, mounts: list[str]) -> None:
    deadline = time.monotonic() + 30
    while left(pid) or mounted() != mounts:
        assert time.monotonic() < deadline, (left(pid), mounted())
        time.sleep(0.02)


def mounted() -> list[str]:
    return [each.point for each in mountinfo.mounts()]


STEPS = range(1, len(steps.TITLES) + 1)


@pytest.mark.parametrize("form", ["py", "sh"])
def test_killed_after_each_step_it_leaves_nothing(form, root, tmp_path):
    """The program as it is after the step, with kill -9 while its command runs. Before 7 it asks for root."""
    mounts = mounted()
    for step in STEPS:
        program = tmp_path / f"step.{form}"
        program.write_text(steps.program(step, form))
        as_root = [] if ROOT or step >= 7 else ["unshare", "--user", "--map-root-user"]
        with started([*as_root, sys.executable if form == "py" else "sh", str(program)], root, "sh", "-c",
                     "echo runs; exec sleep 600") as box:  # fmt: skip
            assert box.stdout.readline() == "runs\n", f"step {step}"
            if step >= 8 and _gives_pids():
                assert left(box.pid)
            box.kill()
            box.wait(60)
            wait_until_nothing_is_left(box.pid, mounts)


@pytest.mark.parametrize("form", FORMS)
def test_killed_at_any_moment_it_leaves_nothing(form, commands, root):
    mounts = mounted()
    began = time.monotonic()
    assert run(commands[form], root, "true").returncode == 0
    took = time.monotonic() - began
    for tenth in range(1, 11):
        with started(commands[form], root, "sleep", "600") as box:
            time.sleep(took * tenth / 10)
            box.kill()
            box.wait(60)
        wait_until_nothing_is_left(box.pid, mounts)


@pytest.mark.parametrize("form", FORMS)
def test_whichever_of_the_two_is_killed_the_other_cleans_up(form, commands, root):
    mounts = mounted()
    with started(commands[form], root, "sh", "-c", "echo runs; sleep 0.3; exit 4") as box:
        assert box.stdout.readline() == "runs\n"
        other = min(process.children(box.pid))
        process.kill(other, signal.SIGKILL)
        assert box.wait(60) == 4
    wait_until_nothing_is_left(box.pid, mounts)


@pytest.mark.skipif(not ROOT or not shutil.which("nft"), reason="it is root's machine that lets others out, by nft(8)")
@pytest.mark.any_version
@pytest.mark.parametrize("form", FORMS)
def test_there_is_a_way_out(form, commands, root):
    """On a stand-in for the machine, with a world behind it that has no way back but to the machine's own address."""
    if subprocess.run(["unshare", "--net", "nft", NAT], capture_output=True).returncode:
        pytest.skip("this kernel translates no addresses (nft_masq)")
    script = """set -e
        unshare --net sleep 600 & world=$!
        trap 'kill $world' EXIT
        while [ /proc/$world/ns/net -ef /proc/self/ns/net ]; do sleep 0.01; done
        ip link set lo up
        ip link add near type veth peer name far netns $world
        ip address add 192.0.2.1/24 dev near && ip link set near up
        nsenter --target $world --net sh -c 'ip address add 192.0.2.2/24 dev far && ip link set far up'
        echo 1 >/proc/sys/net/ipv4/ip_forward
        ! "$@" sh -c 'ping -c 1 -W 1 192.0.2.3'
        "$@" sh -c 'ping -c 1 -W 2 192.0.2.2'
        test -z "$(nft list tables)"
    """
    done = subprocess.run(["unshare", "--net", "sh", "-c", script, "sh", *commands[form], root], text=True,
                          capture_output=True, timeout=200)  # fmt: skip
    assert done.returncode == 0, (done.stdout, done.stderr)
