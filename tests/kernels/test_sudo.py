"""Root by sudo: for whom it is allowed, the same experiments on this kernel; nothing else as root, and nothing left."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from nslab.experiment.evidence import Evidence, Row
from nslab.experiment.expect import Isolated
from nslab.experiment.parts import Part
from nslab.kernels.answers import answer
from nslab.kernels.joined import joined
from nslab.kernels.sudo import PLACES
from nslab.lab.upkeep import session
from nslab.lab.upkeep.cgroup_cleanup import wait_until
from nslab.linux import cgroupfs, files, process
from nslab.show import evidence
from tests.cases.situation import NSLAB, ROOT, USER, mounting, nslab

PYTHON = NSLAB[0]


def allowed(rule: str, *lines: str) -> tuple[str, ...]:
    """The command below which sudo knows the ordinary user, and has this rule for him."""
    return (
        *mounting(f"""
mount -t tmpfs -o mode=755 sudoers /etc/sudoers.d
cd /etc/sudoers.d
cp -p /etc/passwd passwd.copy
cp -p /etc/shadow shadow.copy
echo 'learner-1234:x:1234:1234::/:/bin/sh' >>passwd.copy
echo 'learner-1234:*:19000:0:99999:7:::' >>shadow.copy
mount --bind passwd.copy /etc/passwd
mount --bind shadow.copy /etc/shadow
printf '%s\\n' {" ".join(f"'{line}'" for line in (*lines, rule))} >nslab
chmod 440 nslab
cd {ROOT}
"""),
        *USER,
    )


FREELY = allowed("learner-1234 ALL=(ALL) NOPASSWD: ALL")
KEEPING_ALL = allowed("learner-1234 ALL=(ALL) NOPASSWD: ALL", "Defaults !env_reset")
WITH_A_PASSWORD = allowed("learner-1234 ALL=(ALL) ALL")


@pytest.fixture(autouse=True)
def _it_can_be_tried(request):
    if request.node.get_closest_marker("pure"):
        return
    if os.geteuid() != 0:
        pytest.skip("it takes root to let somebody use sudo")
    if not shutil.which("sudo", path=PLACES):
        assert not os.environ.get("CI"), "sudo apt-get install sudo"
        pytest.skip("there is no sudo: apt-get install sudo")


def test_what_asks_for_root_holds_for_an_ordinary_user_and_says_how():
    told = nslab("demo", "devices", "--sudo", "--json", within=FREELY, statuses=[0])
    seen = Evidence.from_dict(told.found)
    assert seen.holds, seen.failures
    assert "by root (sudo), started for this in" in seen.made_on
    shown = evidence.as_html(seen.to_dict())
    assert shown.index("by root (sudo)") < shown.index(seen.claim)


def test_the_variable_is_for_what_cannot_be_made_here_and_for_nothing_else():
    set_to_1 = {**os.environ, "NSLAB_SUDO": "1"}
    for name, who in (("devices", "by root (sudo)"), ("uts", "")):
        told = nslab("demo", name, "--json", within=FREELY, statuses=[0], env=set_to_1)
        assert told.found["holds"]
        assert bool(told.found["made_on"]) == bool(who)
        assert who in told.found["made_on"]
    for off in ({}, {"NSLAB_SUDO": "0"}):
        environment = {**{k: v for k, v in os.environ.items() if k != "NSLAB_SUDO"}, **off}
        assert nslab("demo", "devices", within=FREELY, env=environment).status == 69


def test_auto_takes_sudo_before_a_second_kernel():
    told = nslab("demo", "devices", "--on", "auto", "--json", within=FREELY, env={**os.environ, "NSLAB_SUDO": "1"})
    assert "by root (sudo)" in told.found["made_on"]


def test_another_value_of_the_variable_is_named():
    told = nslab("demo", "devices", within=FREELY, statuses=[69], env={**os.environ, "NSLAB_SUDO": "yes"})
    assert "NSLAB_SUDO is 'yes', which is neither 0 nor 1" in told.text


def test_where_sudo_refuses_it_says_what_to_do():
    told = nslab("demo", "devices", "--sudo", within=WITH_A_PASSWORD, statuses=[69])
    assert "it refuses: a password is required" in told.text
    assert "sudo -v" in told.text
    unknown = nslab("demo", "devices", "--sudo", within=USER, statuses=[69])
    assert "it refuses: you do not exist in the passwd database" in unknown.text
    both = nslab("demo", "devices", within=USER, statuses=[69], env={**os.environ, "NSLAB_SUDO": "1"})
    assert "asks for CAP_" in both.text
    assert "it refuses" in both.text


def test_where_there_is_no_sudo_it_says_how_to_have_it():
    masked = mounting(f"mount --bind /dev/null {shutil.which('sudo', path=PLACES)}")
    told = nslab("demo", "devices", "--sudo", within=(*masked, *USER), statuses=[69])
    assert "the program sudo is not installed" in told.text
    assert "apt-get install sudo" in told.text


def test_a_bad_option_is_refused_as_here():
    told = nslab("demo", "uts", "--sudo", "--set", "hostname=", within=FREELY, statuses=[2])
    assert "hostname=''" in told.text
    assert "choose one of them" in nslab("demo", "uts", "--sudo", "--on", "v1", statuses=[2]).text


@pytest.mark.pure
@pytest.mark.parametrize(
    ("module", "function", "options"),
    [
        ("os", "system", {"command": "true"}),
        ("nslab.linux.process", "kill", {"pid": 1}),
        ("nslab.cgroups.cpu", "Cgroup", {}),
        ("nslab.cgroups.cpu.experiment", "demo", {}),
        ("nslab.namespaces.playground", "demo", {}),
        ("nslab.namespaces.uts", "demo", {"on": "v1"}),
    ],
)
def test_nothing_but_a_demo_is_called(module, function, options):
    kind, words = answer({"module": module, "function": function, "options": options})["refused"]
    assert kind == "ValueError"
    assert repr(module) in words or repr(function) in words or "on='v1'" in words


INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # however this run was started
"""
PROCESS = """
from nslab.kernels import elsewhere
there = elsewhere.root()
print(there._process.pid, flush=True)
print(there.call("os", "system", {"command": "true"}), flush=True)
input()
"""
ELSEWHERE = """
import os, sys
from nslab.kernels import elsewhere
from nslab.namespaces import uts
import nslab.lab.client.host, nslab.show.status
sys.path.insert(0, MINE)
os.environ["PYTHONPATH"] = MINE
os.chdir(MINE)
there = elsewhere.root()
print(there._process.pid, flush=True)
print(uts.demo(only="rename", on="sudo").holds, flush=True)
input()
"""
THREADS = """
import threading
from nslab.kernels import elsewhere
from nslab.namespaces import uts
said = {}
def one(number, name):
    seen = uts.demo(name, only="rename", on="sudo")
    said[number] = (seen.row("hostname").inside, seen.holds)
print(elsewhere.root()._process.pid, flush=True)
threads = [threading.Thread(target=one, args=each) for each in enumerate(("zero", "one", "two"))]
for each in threads: each.start()
for each in threads: each.join()
for number in sorted(said): print(number, *said[number], flush=True)
"""
BUSY = """
from nslab.cgroups import freezer
from nslab.kernels import elsewhere
there = elsewhere.root()
print(there._process.pid, flush=True)
try:
    freezer.demo(seconds=10, on="sudo")
except KeyboardInterrupt:
    print("interrupted", there.alive, flush=True)
    from nslab.namespaces import uts
    print(uts.demo(only="rename", on="sudo").holds, flush=True)
"""


class Learner:
    """A program as the user, of which `started` is sudo, and `below` (also root's) all that it has made."""

    def __init__(self, program: str, within: tuple[str, ...] = FREELY, **environment: str) -> None:
        self.process = subprocess.Popen(
            [*within, PYTHON, "-c", INTERRUPTIBLE + program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            cwd=ROOT, env={**os.environ, **environment},
        )  # fmt: skip
        self.started = int(self.line())

    def line(self) -> str:
        return self.process.stdout.readline().strip()

    def below(self) -> list[int]:
        return [self.started, *process.descendants(self.started)]

    def busy(self) -> str:
        """The name of root's session, when the experiment's processes are in its cgroups."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for pid in self.below():
                try:
                    name = session.name_of(pid)
                except OSError:
                    continue
                if name and groups(name) and len(self.below()) > 5:
                    return name
            time.sleep(0.05)
        raise AssertionError("no experiment of root's is under way")


def groups(name: str) -> list[str]:
    return [at for at in (f"{point}/nslab-{name}" for point in cgroupfs.mount_points().values()) if os.path.exists(at)]


def left(pids: list[int], name: str) -> tuple[list[int], list[str]]:
    wait_until(lambda: not any(map(process.runs, pids)) and not groups(name), 30)
    return [pid for pid in pids if process.runs(pid)], groups(name)


@pytest.mark.parametrize("within", [FREELY, KEEPING_ALL])
def test_the_environment_is_not_passed_and_nothing_else_is_called(within):
    learner = Learner(PROCESS, within, SECRET_OF_MINE="1", PYTHONSTARTUP="/mine")
    try:
        assert "is no subject of the catalogue" in learner.line()
        environments = [files.read(f"/proc/{pid}/environ") for pid in learner.below()]
        assert any("SUDO_UID=1234" in each for each in environments)
        assert not [each for each in environments if "SECRET_OF_MINE" in each or "PYTHONSTARTUP" in each]
    finally:
        learner.process.communicate("\n", timeout=20)
    assert learner.process.returncode == 0


@pytest.mark.parametrize("within", [FREELY, KEEPING_ALL])
def test_what_root_imports_is_not_what_the_user_has_in_his_path(within):
    names = ("cloudpickle", "json", "nslab", "queue", "random", "sitecustomize", "subprocess", "usercustomize")
    with tempfile.TemporaryDirectory() as mine:
        os.chmod(mine, 0o755)
        for name in names:
            program = f"import os\nopen({mine + '/imported'!r}, 'a').write(f'{name} as uid {{os.geteuid()}};')\n"
            Path(mine, f"{name}.py").write_text(program, encoding="ascii")
        Path(mine, "imported").touch()
        os.chmod(f"{mine}/imported", 0o666)
        learner = Learner(f"MINE = {mine!r}\n{ELSEWHERE}", within)
        try:
            assert learner.line() == "True"
        finally:
            learner.process.communicate("\n", timeout=20)
        assert learner.process.returncode == 0
        assert Path(mine, "imported").read_text(encoding="ascii") == ""


def test_two_threads_take_turns():
    learner = Learner(THREADS)
    assert learner.process.communicate(timeout=60)[0].splitlines() == ["0 zero True", "1 one True", "2 two True"]


def test_it_goes_with_the_notebook_also_by_kill_9():
    learner = Learner(BUSY)
    try:
        name = learner.busy()
        below = learner.below()
        assert len(below) > 3
    finally:
        process.kill(learner.process.pid)
        learner.process.communicate()
    assert left(below, name) == ([], [])


def test_an_interrupt_ends_the_demo_and_what_it_made():
    learner = Learner(BUSY)
    try:
        name = learner.busy()
        below = learner.below()
        process.kill(learner.process.pid, signal.SIGINT)
        assert learner.line() == "interrupted False"
        assert left(below, name) == ([], [])
        assert learner.line() == "True"
        learner.process.communicate(timeout=20)
        assert learner.process.returncode == 0
    finally:
        learner.process.kill()
        learner.process.wait()


@pytest.mark.pure
def test_parts_that_root_made_take_their_place_among_the_others():
    parts = [Part(name, name.upper(), lambda given, treated: []) for name in ("one", "two", "three")]

    def evidence_of(*names: str, **more) -> Evidence:
        rows = tuple(Row(f"{name}-row", name, 0, 1, 0, Isolated(), part=name) for name in names)
        control = tuple(Row(f"{name}-row", name, 0, 1, 1, Isolated(), part=name) for name in names)
        return Evidence("d", "c", rows, control, parts={name: name.upper() for name in names}, **more)

    here = evidence_of("one", "three", notes=("two: a thing is not available here", "three: slow"), seconds=1.0)
    whole = joined(here, evidence_of("two", made_on="root", notes=("a note",), seconds=2.0), parts)
    assert list(whole.parts) == ["one", "two", "three"]
    assert [row.part for row in whole.rows] == [row.part for row in whole.control] == ["one", "two", "three"]
    assert whole.holds, whole.failures
    assert whole.notes == ("three: slow", "a note")
    assert whole.made_on == "two: root"
    assert whole.seconds == 3.0
    assert Evidence.from_dict(whole.to_dict()) == whole
