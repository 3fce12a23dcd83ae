"""Turns at a CPU and at what can be attached to hierarchies, the machine's own: with processes that want them, too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from nslab.cgroups.bench.turns import alone
from nslab.cgroups.core.mounts import Mounts, attaching
from nslab.errors import Unsupported
from nslab.lab.power.cpus import usable_cpus

AFFINITY = """
import os, sys
from nslab.cgroups.bench import measure
from nslab.cgroups.bench.turns import alone
from nslab.errors import Unsupported
first, other = map(int, sys.argv[1:])
os.sched_setaffinity(0, [first])
with alone() as cpus:
    print(cpus == (first,), measure.quiet_cpu() == first)
try:
    with alone(other):
        print("measured")
except Unsupported as e:
    print(e.line)
"""
ATTACH = """
import signal, sys
from nslab.cgroups.core.mounts import attaching
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    with attaching():
        print("has it", flush=True)
        sys.stdin.read()
except KeyboardInterrupt:
    print("interrupted")
"""
two_cpus = pytest.mark.skipif(len(usable_cpus()) < 2, reason="needs two CPUs that this process may use")
root = pytest.mark.skipif(os.geteuid() != 0, reason="a hierarchy of v1 is root's to mount")


def python(code, *args):
    return subprocess.Popen([sys.executable, "-c", code, *map(str, args)], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip


@two_cpus
def test_only_cpus_that_this_process_may_use_are_measured_on():
    first, other = usable_cpus()[:2]
    said, errors = python(AFFINITY, first, other).communicate(timeout=60)
    assert said.splitlines() == [
        "True True",
        f"a measurement on CPU {other} is not available here: this process may use CPU {first} alone. To mend it: end "
        "what restricts it (taskset, cpuset), or give the VM more CPUs (vagrant)",
    ], errors


@two_cpus
def test_where_any_will_do_the_next_one_is_taken():
    with alone(usable_cpus()[-1]):
        code = "from nslab.cgroups.bench.turns import alone\nwith alone() as cpus: print(*cpus)"
        assert python(code).communicate(timeout=60)[0] != f"{usable_cpus()[-1]}\n"


def test_who_measures_does_not_wait_for_itself():
    cpu = usable_cpus()[-1]
    with alone(cpu), pytest.raises(Unsupported, match=f"a measurement on CPU {cpu} .*this thread measures there"):
        with alone(cpu):
            pass


@root
def test_what_this_python_has_attached_is_named_at_once():
    with Mounts(), pytest.raises(Unsupported, match=rf"this Python \(pid {os.getpid()}\) has groups open"):
        with attaching():
            pass
    with attaching(), Mounts():
        pass


@root
def test_who_attaches_is_waited_for_and_named():
    with Mounts():
        waiter = python(ATTACH)
        line = waiter.stderr.readline()
        assert "1 other who has subsystems attached to a hierarchy of v1: " in line
        assert f"(pid {os.getpid()}, root)" in line
        second = python(ATTACH)
        assert f"(pid {waiter.pid}, root)" in second.stderr.readline()
        waiter.send_signal(signal.SIGINT)
        assert waiter.communicate(timeout=30)[0] == "interrupted\n"
    assert second.communicate(timeout=30)[0] == "has it\n"
