"""Names that others chose, and mounts that are hidden or read-only: one strange thing breaks nothing."""

import json
import os
import subprocess

import pytest

from nslab.linux import cgroupfs
from tests.cases.situation import mounting, nslab

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="makes mounts and cgroups")

NAMES = ["a\rb", "a\x0bb", "a\x0cb", "a\x1cb", "a\x85b", "a\u2028b", "a b", "a\tb", "a\nb", "a\\b", "a#b", "a\udcffb",
         "a\x1b[31mb"]  # fmt: skip
COMMANDS = ["hierarchies", "demo cgroup", "demo uts", "clean", "map", "doctor"]
STRANGE = {*map(chr, range(32)), *map(chr, range(0x7F, 0xA0)), "\u2028", "\u2029"} - {"\n"}


def assert_harmless(text):
    """Nothing that a terminal obeys, and nothing that is no text."""
    assert not STRANGE & set(text), sorted(STRANGE & set(text))
    assert not any("\ud800" <= letter <= "\udfff" for letter in text)


@pytest.mark.parametrize("command", COMMANDS)
def test_case_3_and_4_mount_points_with_any_name(command, tmp_path):
    lines = []
    for number, name in enumerate(NAMES):
        point = os.fsencode(tmp_path) + b"/" + os.fsencode(name)
        os.mkdir(point)
        (tmp_path / f"name-{number}").write_bytes(point)
        lines.append(f'mount -t tmpfs tmpfs "$(cat {tmp_path}/name-{number}; echo x | tr -d "x\\n")"')
    told = nslab(*command.split(), within=mounting("\n".join(lines)), statuses=[0])
    assert_harmless(told.out)


@pytest.mark.parametrize("command", ["hierarchies", "hierarchies pids", "hierarchies --json", "map"])
@pytest.mark.parametrize("name", ["a\x1b[31mb", "a\rb", "a\udcffb", "a\u2028b", "a b"])
def test_case_5_cgroups_and_processes_with_any_name(command, name):
    point = next((p for h, p in cgroupfs.mount_points().items() if "pids" in h.split(",")), None)
    point = point or cgroupfs.mount_points()[""]
    directory = os.fsencode(f"{point}/test-{os.getpid()}-") + os.fsencode(name)
    rename = "open('/proc/self/comm', 'wb').write(b'x\\x1b[7m\\xff\\ry')"
    code = f"import time; {rename}; print(flush=True); time.sleep(60)"
    os.mkdir(directory)
    sleeper = subprocess.Popen(["python3", "-c", code], stdout=subprocess.PIPE)
    try:
        sleeper.stdout.readline()
        with open(directory + b"/cgroup.procs", "w") as f:
            f.write(str(sleeper.pid))
        told = nslab(*command.split(), statuses=[0])
        if "--json" in command:
            assert json.loads(told.out)
        assert_harmless(told.out)
    finally:
        sleeper.kill()
        sleeper.wait()
        sleeper.stdout.close()
        os.rmdir(directory)


@pytest.mark.parametrize("command", ["doctor", "hierarchies", "demo pids", "clean", "map"])
def test_case_6_hierarchies_hidden_by_a_tmpfs(command):
    told = nslab(*command.split(), within=mounting("mount -t tmpfs tmpfs /sys/fs/cgroup"), statuses=[0, 69])
    if command == "demo pids":
        assert told.status == 69


def test_case_6_doctor_says_which_are_hidden():
    found = nslab("doctor", "--json", within=mounting("mount -t tmpfs tmpfs /sys/fs/cgroup"), statuses=[0, 1]).found
    checks = {each["name"]: each for each in found["checks"]}
    assert "is hidden by another mount" in checks["mounts of cgroups"]["seen"]
    assert "umount" in checks["mounts of cgroups"]["mend"]


def test_case_6_a_good_mount_is_taken_where_one_is_read_only():
    hierarchy, point = next((h, p) for h, p in sorted(cgroupfs.mount_points().items()) if "pids" in h or not h)
    kind = f"cgroup -o {hierarchy}" if hierarchy else "cgroup2"
    script = f"mount -o remount,bind,ro {point}; mkdir -p /run/good; mount -t tmpfs tmpfs /mnt; mkdir /mnt/good"
    script = script.replace("mkdir -p /run/good; ", "") + f"; mount -t {kind} good /mnt/good"
    told = nslab("hierarchies", "--json", within=mounting(script), statuses=[0])
    assert {h["point"] for h in told.found["hierarchies"] if h["point"] in (point, "/mnt/good")} == {"/mnt/good"}
    if hierarchy:
        told = nslab("demo", "pids", "--json", within=mounting(script), statuses=[0])
        assert told.found["holds"]


def test_case_6_all_read_only_is_told():
    points = " ".join(sorted(set(cgroupfs.mount_points().values())))
    script = f"for each in {points}; do mount -o remount,bind,ro $each; done"
    told = nslab("demo", "pids", "--json", within=mounting(script), statuses=[69])
    assert "read-only" in told.found["why"]
    assert "remount" in told.found["mend"]
