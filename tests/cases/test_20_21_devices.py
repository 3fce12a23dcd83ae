"""Devices and directories that are not there or may not be written, controllers that are switched off."""

import os

import pytest

from nslab.linux import cgroupfs, files
from tests.cases.situation import mounting, nslab

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="makes mounts in a namespace of its own")


def test_case_21_a_controller_that_is_switched_off_is_not_one_that_is_missing(tmp_path):
    """As cgroup_disable=memory leaves it: /proc/cgroups has it with enabled 0, and no hierarchy has it."""
    lines = [line.split("\t") for line in files.read("/proc/cgroups").split("\n")]
    fake = tmp_path / "cgroups"
    fake.write_text("".join("\t".join([*f[:3], "0" if f[0] == "memory" else f[3]]) + "\n" for f in lines))
    point = next((p for h, p in cgroupfs.mount_points().items() if "memory" in h.split(",")), None)
    hide = f"mount --make-rprivate /; umount {point}; " if point else ""
    told = nslab("demo", "memory", "--json", within=mounting(f"{hide}mount --bind {fake} /proc/cgroups"))
    if point:
        assert told.status == 69
        assert "this kernel has it, and it is switched off" in told.found["why"]
        assert "cgroup_enable=memory" in told.found["mend"]
        assert "built without" not in told.text


NODES = "null zero full random urandom tty loop-control"
DEV = f"mount -t tmpfs tmpfs /mnt; for each in {NODES}; do cp -a /dev/$each /mnt; done"


@pytest.mark.skipif(not os.path.exists("/dev/loop-control"), reason="this kernel has no loop devices")
def test_case_20_a_loop_device_without_its_node():
    told = nslab("demo", "blkio", "--json", within=mounting(f"{DEV}; mkdir /mnt/shm; mount --move /mnt /dev"))
    if told.status == 69:
        assert "mknod" in told.text
        assert "modprobe" not in told.text
    else:
        assert "mknod" in told.notes or told.found["holds"]


def test_case_20_var_tmp_is_read_only():
    told = nslab("demo", "blkio", "--json", within=mounting("mount -t tmpfs -o ro tmpfs /var/tmp"), statuses=[0, 1, 69])
    assert "EROFS" not in told.text
    if told.status == 69:
        assert "/var/tmp" in told.found["why"]


@pytest.mark.parametrize("name", ["uts", "pid"])
def test_case_20_run_and_tmp_are_read_only(name):
    # What is noted in /dev/shm then goes with it.
    script = "mount -t tmpfs tmpfs /dev/shm; mount -t tmpfs -o ro tmpfs /run; mount --bind /tmp /tmp; "
    script += "mount -o remount,bind,ro /tmp"
    told = nslab("demo", name, "--json", within=mounting(script), env={**os.environ, "XDG_RUNTIME_DIR": ""})
    if told.status == 69:
        assert "/tmp is read-only" in told.text
        assert "XDG_RUNTIME_DIR" in told.text
        assert "killed by SIGKILL" not in told.text
