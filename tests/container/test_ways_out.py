"""Ways out of a container that are known from manual pages and from advisories of years ago, each with what stops it.

Where it is safe, the same is tried without that part, to see that it is the one: in a user namespace, so that what gets
through is nobody outside.
"""

from __future__ import annotations

import os
import subprocess
from typing import Any, NamedTuple

import pytest

from nslab.container.container import Container
from nslab.linux import files
from tests.container.conftest import without

ANY = {"capabilities": ["CAP_SYS_ADMIN", "CAP_MKNOD", "CAP_SETPCAP", "CAP_SYS_CHROOT"], "seccomp": False,
       "no_new_privs": False}  # fmt: skip


class Way(NamedTuple):
    """`script` prints "out" when it got out; `stopped` is the part that stops it, `open` what takes that part away."""

    name: str
    stopped: str
    script: str
    open: dict[str, Any] | None = None


def tried(command: str) -> str:
    return f"({command}) >/dev/null 2>&1 && echo out || echo in"


WAYS = [
    Way("a mount of one's own over what is covered", "no CAP_SYS_ADMIN, and the filter",
        tried("mount -t tmpfs x /mnt-point"), ANY),
    Way("the cover taken off", "no CAP_SYS_ADMIN, and the filter",
        tried("umount /proc/acpi || umount /sys/firmware"), ANY),
    Way("a user namespace, to be root in it", "the filter", tried("unshare --user true"),
        {"seccomp": False, "capabilities": []}),
    Way("namespaces by clone(), whose flags a filter sees", "the filter", tried("/bin/clone-probe clone"),
        {"seccomp": False}),
    Way("namespaces by clone3(), whose flags no filter sees", "the filter, by ENOSYS", tried("/bin/clone-probe clone3"),
        {"seccomp": False}),
    Way("the first process's root", "the pid namespace: number 1 is the container's own",
        tried("! grep -q ID=nslab /proc/1/root/etc/os-release")),
    Way("the namespaces of process 1", "the pid namespace, and the filter", tried("nsenter -t 1 -m -u true"), None),
    Way("a signal to a process of the machine", "the pid namespace", tried("kill -0 {host}")),
    Way("the memory of one", "the pid namespace", tried("head -c 1 /proc/{host}/mem || ls /proc/{host}")),
    Way("a disk by a node of one's own", "the root has no devices (nodev)",
        tried("mknod /disk b {disk} && head -c 1 /disk")),
    Way("the machine's memory", "the root has no devices (nodev)", tried("mknod /mem c 1 1 && head -c 1 /mem")),
    Way("a descriptor that was left open", "all are closed on exec", tried("ls /proc/self/fd | grep -q -v -x '[0-3]'")),
    Way("where core dumps go", "/proc/sys is read-only", tried("echo '|/tmp/x' >/proc/sys/kernel/core_pattern")),
    Way("the program that loads modules", "/proc/sys is read-only", tried("echo /tmp/x >/proc/sys/kernel/modprobe")),
    Way("a handler for programs", "/proc/sys is read-only, and no mount",
        tried("echo x >/proc/sys/fs/binfmt_misc/register || mount -t binfmt_misc x /tmp")),
    Way("the helper for devices", "/sys is read-only", tried("echo /tmp/x >/sys/kernel/uevent_helper")),
    Way("the release agent of a cgroup", "cgroups are read-only, and no mount",
        tried("echo /tmp/x >/sys/fs/cgroup/pids/release_agent || mount -t cgroup -o pids x /tmp")),
    Way("a wider limit in its own cgroup", "cgroups are read-only",
        tried("for d in /sys/fs/cgroup/pids /sys/fs/cgroup; do echo max >$d/pids.max && exit 0; done; false")),
    Way("magic keys", "/proc/sysrq-trigger is read-only", tried("echo h >/proc/sysrq-trigger")),
    Way("the kernel's memory", "/proc/kcore is covered", tried("test -n \"$(head -c 4 /proc/kcore)\"")),
    Way("the machine's sockets without a name", "the network namespace",
        tried("test \"$(wc -l </proc/net/unix)\" -gt 1")),
    Way("the clock", "no CAP_SYS_TIME, and the filter", tried("date -s 2001-01-01")),
    Way("a set-user-ID program", "no_new_privs", tried("grep -q 'NoNewPrivs:.0' /proc/self/status"),
        {"no_new_privs": False, "seccomp": False}),
]  # fmt: skip


def script_of(way: Way) -> list[str]:
    disk = os.stat("/").st_dev
    filled = way.script.replace("{host}", str(os.getpid())).replace("{disk}", f"{os.major(disk)} {os.minor(disk)}")
    return ["/bin/sh", "-c", f"mkdir -p /mnt-point; {filled}"]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name.replace(" ", "-"))
def test_it_is_closed(root, way):
    done = Container(root).run(script_of(way), timeout=20)
    assert done.stdout == "in\n", done


@pytest.mark.parametrize("way", [w for w in WAYS if w.open], ids=lambda way: way.name.replace(" ", "-"))
def test_it_is_that_part_which_closes_it(root, way, as_root):
    maps = {} if not as_root else {"uid_map": [(0, 0, 1)], "gid_map": [(0, 0, 1)]}
    assert way.open
    done = Container(root, **maps, **way.open).run(script_of(way), timeout=20)
    assert done.stdout == "out\n", done


def test_the_filter_answers_clone_by_its_flags_and_clone3_as_an_older_kernel_does(root):
    asked = [Container(root).run(["/bin/clone-probe", how]).stdout.strip() for how in ("clone", "clone3")]
    assert asked == ["EPERM", "ENOSYS"]
    assert Container(root).run(["/bin/sh", "-c", "(exit 3); echo $?"]).stdout == "3\n", "a plain fork() goes on"


@pytest.mark.parametrize("name", ["proc", "sys", "dev"])
def test_an_image_whose_proc_is_a_link_is_refused(root, tmp_path, name):
    """What is to be covered in it would not be where it is looked for (as of CVE-2019-19921)."""
    copy, outside = copied(root, tmp_path)
    (copy / name).rmdir()
    (copy / name).symlink_to(f"../../../..{outside}")
    before = files.read("/proc/self/mountinfo")
    with pytest.raises(OSError, match=f"/{name} of the image is a link"):
        Container(copy, keep=True).run(["/bin/true"])
    assert not list(outside.iterdir())
    assert files.read("/proc/self/mountinfo") == before


def test_a_link_in_an_image_leads_no_volume_out(root, tmp_path):
    copy, outside = copied(root, tmp_path)
    (copy / "data").symlink_to(outside)
    box = Container(copy, keep=True, volumes={"/etc": "/data/in:ro"})
    assert box.run(["/bin/sh", "-c", "ls -d /data/in"], timeout=20).stdout == "/data/in\n"
    assert not list(outside.iterdir())


def copied(root, tmp_path):
    """A copy of the rootfs, to be spoiled, and an empty directory outside of it."""
    copy, outside = tmp_path / "rootfs", tmp_path / "outside"
    subprocess.run(["cp", "-a", root, copy], check=True)
    outside.mkdir()
    return copy, outside


def test_it_cannot_take_all_processes_or_memory(root):
    without("pids", "memory")
    held = Container(root, pids_max=8, memory_max="32M")
    bomb = held.run(["/bin/sh", "-c", "b() { b | b & }; b; sleep 1; ls -d /proc/[0-9]* | wc -l"], timeout=60)
    assert int((bomb.stdout.split() or ["0"])[-1]) <= 8 or "Cannot fork" in bomb.stderr


@pytest.mark.pure
def test_there_are_twenty():
    assert len({way.name for way in WAYS}) >= 20
