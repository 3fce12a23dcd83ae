"""A second kernel: the same experiments there, with root inside for whoever runs it, and nothing of it left."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from nslab import catalogue
from nslab.cgroups import cpu, freezer, hierarchy, rules
from nslab.cgroups.cpu import experiment as cpu_experiment
from nslab.errors import Unsupported
from nslab.experiment.evidence import Evidence
from nslab.kernels import elsewhere, uml
from nslab.lab.client.host import host
from nslab.lab.power.cpus import usable_cpus
from nslab.lab.upkeep import registry
from nslab.lab.upkeep.cgroup_cleanup import wait_until
from nslab.linux import files, process
from nslab.namespaces import time as time_namespaces
from nslab.namespaces import user, uts
from nslab.namespaces.ipc import experiment as ipc_experiment
from nslab.show import evidence, terminal
from tests.cases.situation import mounting, nslab

ROOMS = ("nslab.namespaces", "nslab.cgroups", "nslab.security", "nslab.container")
SUBJECTS = {f"{room}.{name}": about.kconfig for room in ROOMS for name, about in catalogue.catalogue(room).items()}
PLACES = ("/", "/etc", "/media", "/mnt")
OF_A_USER = pytest.mark.skipif(os.geteuid() == 0, reason="an ordinary user's run has it (tests/test_ordinary_user.py)")


@pytest.fixture(scope="module", autouse=True)
def _there_is_one():
    if not uml.is_there():
        if os.environ.get("CI"):
            uml.image()
        pytest.skip(f"there is no linux.uml: {uml.PACKAGE}")
    yield
    stop()


def stop() -> None:
    for version in elsewhere.VERSIONS:
        elsewhere.stop(version)


def processes(session: str) -> list[int]:
    """The processes of a session's second kernels."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            line = files.read(f"/proc/{pid}/cmdline")
        except OSError:
            continue
        if f"uml_dir={registry.directory() / session}" in line:
            found.append(int(pid))
    return found


@pytest.mark.any_user
def test_a_demo_runs_there_and_says_so():
    seen = uts.demo(hostname="web-9", on="v2")
    assert seen.holds, seen.failures
    assert seen.row("hostname").values == ("uml", "web-9", "uml")
    assert "user-mode Linux" in seen.made_on
    assert "cgroup v2, started for this in" in seen.made_on
    assert {call.name for call in seen.syscalls} >= {"clone3", "sethostname"}
    assert Evidence.from_dict(seen.to_dict()) == seen
    for shown in (evidence.as_html(seen.to_dict()), terminal.text(seen)):
        words = " ".join(shown.split())
        assert words.index(seen.made_on) < words.index(seen.claim), "it is not on the first line"
    again = uts.demo(on="v2", only="rename")
    assert "which ran already" in again.made_on
    assert os.uname().nodename != "uml", "it was this machine that was renamed"


@OF_A_USER
@pytest.mark.measured
def test_the_picture_of_the_course():
    """cpu and cpuacct together with 60 % and 20 %, memory with two limits: also for an ordinary user."""
    seen = hierarchy.demo(on="v1")
    assert seen.holds, seen.failures
    assert abs(seen.row("ceiling-cgrp1").measured - 60) < 1.5
    assert abs(seen.row("share-cgrp2").measured - 25) < 1.5
    assert seen.row("oom-cgrp4").measured == 2
    assert seen.drawing[0]["subsystems"] == ("cpu", "cpuacct")


@OF_A_USER
def test_who_is_nobody_here_is_root_there():
    seen = user.demo(on="v1")
    assert seen.holds, seen.failures
    assert "cgroup v1" in seen.made_on


def test_nothing_of_this_machine_is_written():
    """Its init makes directories in /media and /dev, and mounts over /tmp and /run."""
    stop()
    before = [(sorted(os.listdir(place)), os.stat(place).st_mtime_ns) for place in PLACES]
    uts.demo(on="v2", only="rename")
    assert [(sorted(os.listdir(place)), os.stat(place).st_mtime_ns) for place in PLACES] == before


def test_what_it_lacks_is_said_before_it_starts():
    stop()
    with pytest.raises(Unsupported) as refused:
        time_namespaces.demo(on="v2")
    assert "CONFIG_TIME_NS" in refused.value.why
    assert processes(host().session) == []


def test_what_one_part_lacks_is_said_of_that_part_alone():
    """The second kernel has one CPU, and the subject's other parts run on that."""
    stop()
    with pytest.raises(Unsupported, match="CONFIG_SMP"):
        cpu.demo(only="spread", on="v1")
    assert processes(host().session) == []
    one_too_many = dict.fromkeys([f"g{n}" for n in range(len(usable_cpus()) + 1)], 100)
    with pytest.raises(Unsupported, match="CPUs are needed") as refused:
        cpu.demo(one_too_many, only="spread")
    assert "second kernel" not in refused.value.mend, "it would refuse it, too"
    assert elsewhere.lacks("nslab.cgroups.cpu", *cpu_experiment.PARTS) == []


def test_another_name_is_refused_before_anything_starts():
    stop()
    for bad in ("v3", "", 1, True):
        with pytest.raises(ValueError, match=r"choose one of v1, v2"):
            uts.demo(on=bad)
    with pytest.raises(TypeError):
        uts.demo(on="v1", host="web-1")
    assert processes(host().session) == []


def test_a_bad_option_is_refused_as_here():
    with pytest.raises(ValueError) as here:
        uts.demo(hostname="")
    with pytest.raises(ValueError) as there:
        uts.demo(hostname="", on="v2")
    assert str(there.value) == str(here.value)


@pytest.mark.pure
@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_subject_says_what_a_kernel_has_it_by(subject):
    """The running kernel's own configuration knows each of the symbols, or has a file of its own for it."""
    assert SUBJECTS[subject]
    told = subprocess.run([uml.image().path, "--showconfig"], capture_output=True, text=True, check=True).stdout
    for symbol in SUBJECTS[subject]:
        assert symbol == symbol.upper()
        known = f"CONFIG_{symbol}=" in told or f"CONFIG_{symbol} " in told
        assert known or elsewhere.lacks(subject), f"{symbol}: no such symbol"


SLEEPS = """
import time
from nslab.namespaces import uts
print(uts.demo(on="v2", only="rename").made_on, flush=True)
time.sleep(100)
"""


def test_it_goes_with_the_session_also_by_kill_9():
    stop()
    learner = subprocess.Popen([sys.executable, "-c", SLEEPS], stdout=subprocess.PIPE, text=True)
    try:
        assert "user-mode Linux" in learner.stdout.readline()
        # Others may have such a kernel at the moment. A session has the name of its keeper.
        [session] = [
            name for name in registry.sessions() if int(name.partition("-")[0]) in process.children(learner.pid)
        ]
        assert processes(session)
    finally:
        process.kill(learner.pid)
        learner.wait()
        learner.stdout.close()
    wait_until(lambda: not processes(session) and session not in registry.sessions(), 30)
    assert processes(session) == []
    assert session not in registry.sessions()


@pytest.mark.any_user
def test_an_interrupt_ends_it_and_the_next_one_starts_anew():
    learner = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=110)
    assert learner.returncode == 0, learner.stderr
    assert learner.stdout.split() == ["interrupted", "True"]


INTERRUPTED = """
import signal
from nslab.kernels import elsewhere
from nslab.namespaces import uts
from nslab.cgroups import freezer
elsewhere.kernel("v2")
signal.signal(signal.SIGALRM, signal.default_int_handler)
try:
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    freezer.demo(seconds=10, on="v2")
except KeyboardInterrupt:
    print("interrupted")
print(uts.demo(on="v2", only="rename").holds)
"""


@pytest.mark.any_user
def test_it_starts_with_what_a_cpu_with_amx_needs(monkeypatch, tmp_path):
    """Built and preloaded here, too, where nothing asks for it: it must do no harm."""
    compiled = tmp_path / "xstate.so"
    strict = ("-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")
    subprocess.run(["gcc", *strict, "-o", compiled, uml.XSTATE], check=True)
    monkeypatch.setattr("nslab.kernels.kernel.preload", lambda directory: str(compiled))
    stop()
    assert uts.demo(on="v2", only="rename").holds
    stop()


@pytest.mark.any_user
def test_one_that_ends_in_the_middle_says_so():
    there = elsewhere.kernel("v2")
    killer = threading.Timer(1.5, there.end)
    killer.start()
    with pytest.raises(Unsupported) as ended:
        freezer.demo(seconds=10, on="v2")
    killer.join()
    assert "it ended" in ended.value.why
    assert not there.alive


def test_auto_takes_the_second_kernel_where_this_one_cannot(monkeypatch):
    def refused(only=None):
        raise Unsupported("a thing", "there is none", "make one")

    refused.__module__ = freezer.demo.__module__
    refused.__name__ = "demo"
    demo = elsewhere.elsewhere(refused)
    with pytest.raises(Unsupported, match=r'make one; or freezer.demo\(on="v1"\)'):
        demo()
    assert "cgroup v1" in demo(on="auto", only="freeze").made_on
    monkeypatch.setattr(uml, "is_there", lambda: False)
    with pytest.raises(Unsupported) as alone:
        demo(on="auto")
    assert alone.value.mend == "make one"


def test_auto_stays_here_where_this_kernel_can():
    assert uts.demo(only="rename", on="auto").made_on == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts /proc/sys read-only")
@pytest.mark.parametrize(("parts", "there"), [((), True), (("inside", "limits"), True), (("inside", "signals"), False)])
def test_auto_takes_the_second_kernel_where_a_part_was_left_out_here(parts, there):
    """With /proc/sys read-only, as in a container, this kernel makes every part of ipc but one (limits)."""
    within = mounting("mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys")
    only = [word for part in parts for word in ("--only", part)]
    here = nslab("demo", "ipc", *only, "--json", within=within)
    assert ("/proc/sys/kernel/msgmni is read-only here" in here.text) == there
    told = nslab("demo", "ipc", *only, "--on", "auto", "--json", within=within, statuses=[0]).found
    assert ("user-mode Linux" in (told["made_on"] or "")) == there
    assert set(told["parts"]) == set(parts or [part.name for part in ipc_experiment.PARTS])
    assert told["notes"] == []


@pytest.mark.any_user
def test_the_rules_of_mounting_are_shown_there_also_after_a_subsystem_was():
    assert freezer.demo(only="freeze", on="v1").holds
    seen = rules.demo(only=["rule1", "rule2"], on="v1")
    assert seen.holds, seen.failures
    assert "cgroup v1" in seen.made_on


@pytest.mark.any_user
def test_it_finds_the_packages_that_this_python_finds(monkeypatch, tmp_path):
    """Also those by $PYTHONPATH or below the home directory, which are others there."""
    stop()
    # What the demo of net needs, and gets from the first place that has it.
    (tmp_path / "pyroute2.py").write_text("raise ValueError('found in ' + __file__)\n")
    monkeypatch.syspath_prepend(tmp_path)
    answer = elsewhere.kernel("v2").call("nslab.namespaces.net", "demo", {"only": ["bridge"]})
    stop()
    assert f"found in {tmp_path}/pyroute2.py" in str(answer)


@pytest.mark.pure
def test_there_is_none_in_a_second_kernel(monkeypatch):
    monkeypatch.setattr(uml.Path, "read_text", lambda *_, **__: "vendor_id\t: User Mode Linux\n")
    uml.image.cache_clear()
    with pytest.raises(Unsupported, match="second kernel already"):
        uml.image()
    uml.image.cache_clear()
