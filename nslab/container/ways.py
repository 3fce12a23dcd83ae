"""Ways out of a container, each with the part that stops it, and what happens without that part.

They are known from manual pages and from advisories of years ago. Without its part a way is tried where that is safe:
in a user namespace, on a root file system, a directory and a limit of one's own, so that what gets out gets nowhere.
Others would be tried on the machine itself, and are not.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nslab.cgroups.core.location import where
from nslab.container import rootfs as rootfses
from nslab.container.container import Container
from nslab.container.spec import checked_rootfs
from nslab.errors import Unsupported, checked_choice
from nslab.experiment.evidence import Evidence, Reading
from nslab.experiment.expect import NOT_ASKED, AsExpected
from nslab.lab.power import privilege

CLAIM = "A container is left by none of the ways that are known, and each is stopped by a part of it."
STAYS, OUT = "in", "out"
OUTSIDE = "@outside@"
"""In options, a directory of the machine that is made for the experiment."""
SECONDS = 20.0
"""In which a way has been tried; it takes some tens of milliseconds."""
ANY = {"capabilities": ["CAP_SYS_ADMIN", "CAP_MKNOD", "CAP_SETPCAP", "CAP_SYS_CHROOT"], "seccomp": False,
       "no_new_privs": False}  # fmt: skip


@dataclass(frozen=True)
class Way:
    """`script` prints "in", or "out" when it got out; it is run twice, and the second word counts.

    `stopped` is the part that stops it. `without` are the options of a container that lacks it, None where that is not
    to be tried; `having` are options beside the defaults, where it is they that stop it. `needs` are subsystems.
    """

    name: str
    stopped: str
    script: str
    without: Mapping[str, Any] | None = None
    having: Mapping[str, Any] = field(default_factory=dict)
    needs: Sequence[str] = ()

    @property
    def key(self) -> str:
        """Its name for programs."""
        return "-".join("".join(c if c.isalnum() else " " for c in self.name.replace("'s", "s").lower()).split())


def tried(command: str) -> str:
    """A script that tells whether a command went well, and nothing that it says."""
    return f"({command}) >/dev/null 2>&1 && echo {OUT} || echo {STAYS}"


WAYS = (
    Way("a mount of one's own over what is covered", "no CAP_SYS_ADMIN, and the filter",
        tried("mount -t tmpfs x /mnt-point"), ANY),
    Way("the cover taken off", "no CAP_SYS_ADMIN, and the filter",
        tried("umount /proc/acpi || umount /sys/firmware"), ANY),
    Way("a user namespace, to be root in it", "the filter", tried("unshare --user true"),
        {"seccomp": False, "capabilities": []}),
    Way("the first process's root", "the pid namespace: number 1 is the container's own",
        tried("! grep -q ID=nslab /proc/1/root/etc/os-release")),
    Way("the namespaces of process 1", "the pid namespace, and the filter", tried("nsenter -t 1 -m -u true")),
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
        tried("test \"$(wc -l </proc/net/unix)\" -gt 1"), {"network": "host"}),
    Way("the clock", "no CAP_SYS_TIME, and the filter", tried("date -s 2001-01-01")),
    Way("a set-user-ID program", "no_new_privs", tried("grep -q 'NoNewPrivs:.0' /proc/self/status"),
        {"no_new_privs": False, "seccomp": False}),
    Way("a directory of the machine that it may read", "the volume is read-only", tried("echo x >/data/file"),
        {"volumes": {OUTSIDE: "/data"}}, {"volumes": {OUTSIDE: "/data:ro"}}),
    Way("the image, for whoever starts it next", "what is written goes to a layer in memory",
        "test -e /planted && echo out || { echo x >/planted; echo in; }", {"keep": True}),
    Way("all processes that the machine may have", "the limit of its cgroup",
        "(n=0; while [ $n -lt 40 ]; do sleep 5 & n=$((n + 1)); done) 2>/dev/null; "
        "n=0; for p in /proc/[0-9]*; do n=$((n + 1)); done; [ $n -gt 40 ] && echo out || echo in",
        {}, {"pids_max": 20}, ("pids",)),
)  # fmt: skip
"""All of them."""


def ways_out(rootfs: str | os.PathLike[str] | None = None, only: str | Sequence[str] | None = None) -> Evidence:
    """Try each way (or those whose keys are in `only`), and in the control each that may be tried without its part.

    `rootfs` is copied, so that it stays as it is; without one it is made from this machine's programs. Raises
    ValueError for an unknown key, what `Container` raises, `nslab.Unsupported`.
    """
    wanted = _chosen(only)
    rows: list[Reading] = []
    control: list[Reading] = []
    notes: list[str] = []
    with _prepared(rootfs) as (copy, outside):
        for way in wanted:
            try:
                for subsystem in way.needs:
                    where(subsystem)
            except Unsupported as e:
                notes.append(f"{way.name}: {e.line}")
                continue
            # First as it is: what is done without the part may change the root file system.
            rows.append(_row(way, attempt(way, copy, outside, way.having)))
            others = NOT_ASKED if way.without is None else attempt(way, copy, outside, way.without, standin=True)
            control.append(_row(way, others))
    if not rows:
        raise Unsupported("each of these ways", "; ".join(notes), "nslab doctor tells what is missing")
    return Evidence(
        name="ways_out",
        claim=CLAIM,
        rows=tuple(rows),
        control=tuple(control),
        parts={row.part: row.part for row in rows},
        notes=(*notes, f"{NOT_ASKED}: without its part this way is not tried on this machine"),
    )


def _row(way: Way, said: str) -> Reading:
    decisive = None if way.without is None else True
    return Reading(way.key, way.name, way.stopped, STAYS, said, AsExpected(), decisive, varies=False, part=way.stopped)


def attempt(way: Way, rootfs: str, outside: str, options: Mapping[str, Any], *, standin: bool = False) -> str:
    """What a way's script says in a container with these options, the second time; what it wrote to stderr, if nothing.

    With `standin` in a user namespace, where root is root over nothing of the machine's.
    """
    maps = {"uid_map": [(0, os.geteuid(), 1)], "gid_map": [(0, os.getegid(), 1)]}
    # An ordinary user is in one in any case.
    more = maps if standin and privilege.is_over_the_machine() and os.geteuid() == 0 else {}
    container = Container(rootfs, **more, **_filled(options, outside))
    args = ["/bin/sh", "-c", f"mkdir -p /mnt-point; {_script(way)}"]
    container.run(args, timeout=SECONDS)
    done = container.run(args, timeout=SECONDS)
    return done.stdout.strip() or done.stderr.strip()


def _script(way: Way) -> str:
    disk = os.stat("/").st_dev
    return way.script.replace("{host}", str(os.getpid())).replace("{disk}", f"{os.major(disk)} {os.minor(disk)}")


def _filled(options: Mapping[str, Any], outside: str) -> dict[str, Any]:
    volumes = {source.replace(OUTSIDE, outside): target for source, target in options.get("volumes", {}).items()}
    return {**options, **({"volumes": volumes} if volumes else {})}


def _chosen(only: str | Sequence[str] | None) -> list[Way]:
    keys = [way.key for way in WAYS]
    for key in [] if only is None else [only] if isinstance(only, str) else only:
        checked_choice("only", key, keys)
    return [way for way in WAYS if only is None or way.key in ([only] if isinstance(only, str) else only)]


@contextlib.contextmanager
def _prepared(rootfs: str | os.PathLike[str] | None) -> Iterator[tuple[str, str]]:
    """A root file system and a directory that may be spoiled."""
    given = None if rootfs is None else checked_rootfs(rootfs)
    with tempfile.TemporaryDirectory(prefix="nslab-ways-") as top:
        copy, outside = Path(top, "rootfs"), Path(top, "outside")
        outside.mkdir()
        if given is None:
            rootfses.make(copy)
        else:
            shutil.copytree(given, copy, symlinks=True)
        yield str(copy), str(outside)
