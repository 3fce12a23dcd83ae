"""What the measurements keep, and what they tell of different machines."""

import json

import pytest

from bench import history, host
from bench.side_by_side import result

pytestmark = pytest.mark.pure

QEMU = """processor\t: 0
vendor_id\t: AuthenticAMD
cpu family\t: 25
model\t\t: 17
model name\t: AMD EPYC
stepping\t: 1

processor\t: 1
model name\t: another
"""
ARM = "processor\t: 0\nBogoMIPS\t: 48.00\nCPU implementer\t: 0x61\n"


def test_a_virtual_cpu_is_told_by_its_numbers_too():
    assert host.cpu_model(QEMU) == "AMD EPYC (25/17/1)"


def test_a_cpu_without_a_model_name_is_told_by_its_architecture():
    assert host.cpu_model(ARM) == host.platform.machine()


def test_this_machine_is_named_in_one_line():
    line = host.line(host.describe())
    assert "\n" not in line
    assert "cores" in line


def kept(path, cpu, **values):
    history.keep([result(name, value, "x", 1.0, "how") for name, value in values.items()], {"cpu": cpu}, path)


def test_a_run_is_one_line_with_each_figure_and_its_bound(tmp_path):
    file = tmp_path / "history.jsonl"
    assert history.runs(file) == []
    kept(file, "slow", clone=1.25, sandbox=0.3)
    kept(file, "slow", clone=0.9)
    assert len(file.read_text().splitlines()) == 2
    first, _ = history.runs(file)
    assert first["host"] == {"cpu": "slow"}
    assert first["figures"][0] == {"name": "clone", "value": 1.25, "unit": "x", "bound": 1.0, "holds": False}
    assert set(first) == {"date", "commit", "host", "figures"}


def test_what_holds_on_some_hosts_only_comes_first(tmp_path):
    file = tmp_path / "history.jsonl"
    kept(file, "slow", always=0.5, never=3, sometimes=1.25)
    kept(file, "fast", always=0.4, never=2, sometimes=0.7)
    lines = history.report(history.runs(file)).splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "sometimes: holds on some hosts only", "never: was missed", "always: holds",
    ]  # fmt: skip
    assert "1.25 to 1.25 x (at most 1), held 0 of 1: slow" in lines[1]


def test_what_is_committed_can_be_read():
    for run in history.runs():
        assert json.dumps(run)
        assert {"cpu", "kernel", "cores", "load"} <= set(run["host"])
        assert all(set(figure) == set(history.KEPT) for figure in run["figures"])
