"""The four rules of hierarchies, each on real mounts, and what v2 changed.

Source: Documentation/admin-guide/cgroup-v1/cgroups.rst ("1.2 Why are cgroups needed?" ff.), cgroup-v2.rst, cgroups(7).
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator, Sequence

from nslab.cgroups import SPARE
from nslab.cgroups.core.free import free
from nslab.cgroups.core.group import Cgroup
from nslab.cgroups.core.location import Where, home, where
from nslab.cgroups.core.mounts import Mounts, attaching, without_session
from nslab.cgroups.core.units import MIB
from nslab.errors import Disturbed, Unsupported
from nslab.experiment.evidence import Evidence, Reading
from nslab.experiment.expect import AsExpected
from nslab.experiment.parts import Part, Seen, chosen
from nslab.experiment.run import run
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.client.host import host
from nslab.lab.power import privilege
from nslab.lab.upkeep import cgroup_cleanup
from nslab.linux import cgroupfs, files, process
from nslab.linux.libc import answer

DOMAIN = ("memory", "io", "hugetlb")
"""Controllers that count for whole processes; v2's others can divide threads, and take processes beside children."""
SMALL, LARGE, SLOW = 10 * MIB, 10 * 1024 * MIB, 20.0
"""The two limits of memory, in bytes, and the quota, in percent of a CPU, of which rule 3 tells."""
CLAIM = "Four rules say what a hierarchy may have, and where in it a task can be."


@elsewhere
def demo(n: int | None = None, only: str | Sequence[str] | None = None) -> Evidence:
    """Show the four rules of hierarchies of v1, and what v2 changed, on mounts that nobody else sees.

    `n`: one rule, 1 to 4; by default all of them and v2. `only`: the names of PARTS to run. Raises ValueError,
    `nslab.Unsupported` (rules 1 to 3 mount hierarchies, which asks for root). Source: cgroups.rst, cgroups(7).
    """
    if n is not None:
        if isinstance(n, bool) or n not in (1, 2, 3, 4):
            raise ValueError(f"n={n!r}: give the number of a rule, 1 to 4")
        if only is not None:
            raise ValueError(f"only={only!r}: give n or only, not both")
        only = f"rule{n}"
    chosen(PARTS, only)
    if not privilege.rules_the_machine("CAP_SYS_ADMIN"):
        return run("nslab.cgroups.rules", CLAIM, PARTS, only, {"free_ones": SPARE[:3]}, by_hand=_names(SPARE))
    with attaching():
        names = free(3)
        return run("nslab.cgroups.rules", CLAIM, PARTS, only, {"free_ones": names}, by_hand=_names(names))


def _names(subsystems: Sequence[str]) -> dict[str, str]:
    return dict(zip(("first", "second", "third"), subsystems, strict=False))


@contextlib.contextmanager
def _sleepers(*of: Cgroup | None) -> Iterator[list[int]]:
    """One sleeping process in each group (None: wherever the fork server is); yields their pids."""
    children = [(group or host()).clone(time.sleep, args=(60,), stream=False) for group in of]
    try:
        yield [child.pid for child in children]
    finally:
        for child in children:
            child.kill()
            child.wait(30)


def _named(mounts: Mounts, letter: str) -> Where:
    """A hierarchy without subsystems, whose name is this experiment's own."""
    hierarchy = f"name={cgroup_cleanup.directory_name(host().session)}-{letter}"
    return mounts.where(hierarchy, mounts.mount(hierarchy))


def _in(hierarchy: str, pid: int) -> str:
    """Where a process is in a hierarchy, without the directory of this session."""
    path = cgroupfs.paths(pid).get(hierarchy, "not attached")
    return without_session(path)


def _rule1(treated: bool, *, free_ones: Sequence[str]) -> Seen:
    first, second, third = free_ones
    wanted, name = f"{first},{second}" if treated else first, _other_name()
    with Mounts("rules") as mounts:
        mounts.mount(wanted)
        together = next((h for h in cgroupfs.paths() if first in h.split(",")), "none")
        mounts.mount(name if treated else f"{third},{name}")
        (of_the_named,) = (h.split(",") for h in cgroupfs.paths() if name in h.split(","))
    return Seen(
        rows=[
            Reading("together", f"the hierarchy of {first} has the subsystems", f"mount -o {wanted}",
                    f"{first},{second}", together, AsExpected(), varies=False),
            Reading("named", "a hierarchy with a name has the subsystems",
                    "mount -o none,name=…" if treated else f"mount -o {third},name=…", "none",
                    ",".join(each for each in of_the_named if each != name) or "none", AsExpected(), varies=False),
        ]
    )  # fmt: skip


def _rule2(treated: bool, *, free_ones: Sequence[str]) -> Seen:
    first, second, third = free_ones
    attached = f"{first},{second}" if treated else second
    with Mounts("rules") as mounts:
        mounts.mount(attached)
        refused = answer(mounts.mount, f"{first},{third}", False)
    with Mounts("rules") as mounts:
        point = mounts.mount(f"{first},{second}")
        made = Cgroup(places=[mounts.where(first, point)], name="seen")
        try:
            again = mounts.mount(f"{first},{second}" if treated else _other_name())
            same = os.path.isdir(made.path(first).replace(point, again))
            count = _mounts_and_hierarchies(point)
        finally:
            made.close()
    second_one = "the same set" if treated else "another"
    return Seen(
        rows=[
            Reading("refused", f"mount -o {first},{third}", f"{attached} attached", "EBUSY", refused, AsExpected(),
                    varies=False),
            Reading("same-set", "a cgroup of the first mount is in the second, too", second_one, True, same,
                    AsExpected(), varies=False),
            Reading("mounts", "mounts, and hierarchies in them", second_one, "2 and 1", count, AsExpected(),
                    varies=False),
        ]
    )  # fmt: skip


def _mounts_and_hierarchies(point: str) -> str:
    """How many mounts of hierarchies are beside the one at `point`, with it, and how many hierarchies these show.

    Source: proc_pid_mountinfo(5) of the process behind `point`; all mounts of a hierarchy have one device number.
    """
    top, _, path = point.partition("/root/")
    beside = f"/{os.path.dirname(path)}/"
    lines = [line.split(" ") for line in files.read(f"{top}/mountinfo").split("\n") if line]
    devices = [fields[2] for fields in lines if fields[4].startswith(beside) and "cgroup" in fields]
    return f"{len(devices)} and {len(set(devices))}"


def _other_name() -> str:
    return f"name={cgroup_cleanup.directory_name(host().session)}-other"


def _rule3(treated: bool) -> Seen:
    seen = Seen()
    with Mounts("rules") as mounts, contextlib.ExitStack() as stack:
        first, second = _named(mounts, "memory"), _named(mounts, "cpu")
        old = None if treated else stack.enter_context(Cgroup(places=[first], name="old"))
        with _sleepers(old):
            elsewhere = sum(1 for each in _processes() if not _at_the_root(first.subsystem, each))
        seen.rows.append(
            Reading("elsewhere", "processes that are not in the root cgroup",
                    "a new hierarchy" if treated else "one in use", 0, elsewhere, AsExpected())
        )  # fmt: skip
        small, large = (stack.enter_context(Cgroup(places=[first], name=n)) for n in ("10MB", "10GB"))
        slow = stack.enter_context(Cgroup(places=[second], name="20percent"))
        with _sleepers(small) as (pid,):
            if treated:
                large.add(pid)
                slow.add(pid)
            asked = "second move" if treated else "nothing"
            # Every cgroup's list is read: a process that is in two of them would be found twice.
            members = [group.name for group in (small, large) if pid in group.procs]
            seen.rows += [
                Reading("moved", "after it was put in /10MB and then in /10GB, it is in", asked, "10GB",
                        " and ".join(members), AsExpected(), varies=False),
                Reading("both", "its cgroups in the two hierarchies", "a move in each" if treated else "nothing",
                        "/10GB /20percent", f"{_in(first.subsystem, pid)} {_in(second.subsystem, pid)}", AsExpected(),
                        varies=False),
            ]  # fmt: skip
        _with_limits(seen, treated, mounts)
    return seen


def _with_limits(seen: Seen, treated: bool, mounts: Mounts) -> None:
    """The same with limits of memory and CPU time, which are read back. Left out where v1 does not have both."""
    try:
        memory, cpu = _of_v1("memory", mounts), _of_v1("cpu", mounts)
    except OSError:
        seen.notes.append("limits of memory and CPU time are left out: v1 does not have both on this machine")
        return
    with (
        Cgroup(places=[memory], name="10MB") as small,
        Cgroup(places=[memory], name="10GB") as large,
        Cgroup(places=[cpu], name="20percent") as slow,
        _sleepers(None) as (pid,),
    ):
        small.memory_max, large.memory_max, slow.quota = SMALL, LARGE, SLOW
        for group in (small, large, slow) if treated else ():
            group.add(pid)
        of_memory = [f"{group.memory_max / MIB:g} MiB" for group in (small, large) if pid in group.procs]
        of_cpu = [f"{group.quota:g} %" for group in (slow,) if pid in group.procs]
    wanted = f"{LARGE / MIB:g} MiB, {SLOW:g} %"
    seen.rows.append(
        Reading("limits", f"limits of a task that was put in {SMALL / MIB:g} MiB, then in {LARGE / MIB:g}, and in "
                f"{SLOW:g} %", "a move in each" if treated else "nothing", wanted,
                ", ".join(of_memory + of_cpu) or "none", AsExpected(), varies=False)
    )  # fmt: skip


def _of_v1(subsystem: str, mounts: Mounts) -> Where:
    """Where v1 has a subsystem; mounted for this where it is free. Raises OSError where v2 has it."""
    # Not mounted as v1: the next line mounts it, or says why not.
    with contextlib.suppress(Unsupported):
        return where(subsystem, 1)
    return mounts.where(subsystem, mounts.mount(subsystem, settle=False))


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and process.runs(name)]


def _at_the_root(hierarchy: str, pid: int) -> bool:
    """Whether a process is in the root cgroup; one that has ended meanwhile is nowhere else."""
    try:
        return _in(hierarchy, pid) == "/"
    except (FileNotFoundError, ProcessLookupError):
        return True


def _rule4(treated: bool) -> Seen:
    with Cgroup("pids") as above:
        parent_in, apart = above.child("parent"), above.child("apart")
        place = parent_in if treated else apart
        child = place.clone(_fork_and_wait, stream=False)
        with child:
            # The child exists before fork() has returned in its parent, which then notes it.
            child.heard()
            (born,) = process.children(child.pid)
            starts = [group.name for group in (parent_in, apart) if born in group.procs]
            apart.add(born)
            after = [group.name for pid in (child.pid, born) for group in (parent_in, apart) if pid in group.procs]
    begins = "the parent is in /parent" if treated else "the parent is in /apart"
    return Seen(
        rows=[
            Reading("born", "a forked child starts in", begins, "parent", " ".join(starts), AsExpected(), varies=False),
            Reading("apart", "after the child was moved, parent and child are in", begins, "parent apart",
                    " ".join(after), AsExpected(), varies=False),
        ]
    )  # fmt: skip


def _fork_and_wait() -> None:
    if process.fork() == 0:
        time.sleep(60)
        os._exit(0)
    print("forked", flush=True)
    time.sleep(60)


def _v2(treated: bool) -> Seen:
    base = where("freezer", 2).base
    here = [controller for controller in cgroupfs.controllers(base) if controller in DOMAIN]
    if not here:
        raise Unsupported(
            "a controller of v2", f"{base} has none of {', '.join(DOMAIN)}: they are attached to hierarchies of v1",
            "use a machine with cgroup v2 (vagrant up)",
        )  # fmt: skip
    controller = here[0]
    seen = Seen()
    with Cgroup("blkio" if controller == "io" else controller, version=2) as above:
        top = above.directories[next(iter(above.directories))]
        seen.rows = [
            *_one_hierarchy(treated, top),
            _top_down(treated, top, controller),
            _internal(treated, above, controller),
            _threads(treated, top),
        ]
    if not privilege.rules_the_machine("CAP_SYS_ADMIN"):
        seen.notes.append("that all mounts of v2 show one hierarchy is left out: a mount asks for root")
    return seen


def _one_hierarchy(treated: bool, top: str) -> Iterator[Reading]:
    if not privilege.rules_the_machine("CAP_SYS_ADMIN"):
        return
    with Mounts("rules") as mounts:
        again = mounts.mount("" if treated else _other_name())
        same = os.path.isdir(again + top.removeprefix(cgroupfs.mount_points()[""]))
    asked = "-t cgroup2" if treated else "a hierarchy of v1"
    yield Reading("one-hierarchy", "a cgroup of v2 is in another mount, too", asked, True, same, AsExpected(),
                  varies=False)  # fmt: skip


def _top_down(treated: bool, top: str, controller: str) -> Reading:
    """A cgroup can give its children only what its own parent gave it."""
    outer = f"{top}/outer"
    cgroupfs.make(outer)
    cgroupfs.make(f"{outer}/inner")
    files.write(f"{top}/cgroup.subtree_control", f"+{controller}")
    if not treated:
        files.write(f"{outer}/cgroup.subtree_control", f"+{controller}")
    said = answer(files.write, f"{outer}/inner/cgroup.subtree_control", f"+{controller}")
    return Reading("top-down", f"+{controller} in outer/inner/cgroup.subtree_control", _given(treated), "ENOENT", said,
                   AsExpected())  # fmt: skip


def _given(treated: bool) -> str:
    return "outer did not get it" if treated else "outer gave it"


def _internal(treated: bool, above: Cgroup, controller: str) -> Reading:
    """A cgroup has processes, or children with controllers."""
    busy = above.child("busy")
    with _sleepers(busy if treated else None):
        said = answer(files.write, f"{next(iter(busy.directories.values()))}/cgroup.subtree_control", f"+{controller}")
    asked = "a process is in it" if treated else "it is empty"
    return Reading("internal", f"+{controller} in busy/cgroup.subtree_control", asked, "EBUSY", said, AsExpected())


def _threads(treated: bool, top: str) -> Reading:
    """The threads of one process may be in different cgroups where those are threaded."""
    domain = f"{top}/domain"
    cgroupfs.make(domain)
    cgroupfs.make(f"{domain}/threads")
    if treated:
        files.write(f"{domain}/threads/cgroup.type", "threaded")
    # From where the group is delegated: a process may be moved only within what its mover owns.
    with home().clone(_two_threads, stream=False) as child:
        if not cgroup_cleanup.wait_until(lambda: len(_tids(child.pid)) == 2):
            raise Disturbed(f"a process that starts a thread has {len(_tids(child.pid))} of them after 5 s")
        cgroupfs.add(domain, child.pid)
        second = max(_tids(child.pid))
        answer(files.write, f"{domain}/threads/cgroup.threads", str(second))
        where_they_are = [_of_thread(child.pid, tid) for tid in sorted(_tids(child.pid))]
    asked = "cgroup.type = threaded" if treated else "nothing"
    return Reading("threads", "two threads of one process are in", asked, "domain threads", " ".join(where_they_are),
                   AsExpected())  # fmt: skip


def _two_threads() -> None:
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    time.sleep(60)


def _tids(pid: int) -> list[int]:
    return [int(tid) for tid in os.listdir(f"/proc/{pid}/task")]


def _of_thread(pid: int, tid: int) -> str:
    line = next(x for x in files.read(f"/proc/{pid}/task/{tid}/cgroup").split("\n") if x.startswith("0::"))
    return line.rpartition("/")[2]


PARTS = (
    Part("rule1", "rule 1: one hierarchy can have one subsystem, several, or none", _rule1),
    Part("rule2", "rule 2: an attached subsystem cannot join a second hierarchy that has others", _rule2),
    Part("rule3", "rule 3: a new hierarchy starts with all tasks in its root, and has each in one cgroup", _rule3),
    Part("rule4", "rule 4: a child starts in its parent's cgroup, and goes its own way from there", _rule4),
    Part("v2", "v2: one hierarchy, controllers given from the top down, processes in the leaves, threads apart", _v2),
)
