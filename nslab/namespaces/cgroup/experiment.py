"""Cgroup namespaces: one's own cgroup looks like the root (cgroup_namespaces(7))."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from nslab.errors import Unsupported, checked_choice
from nslab.experiment.evidence import Evidence, Row
from nslab.experiment.expect import BeginsInside, OnlyInside
from nslab.experiment.parts import Part
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.client.place import Place
from nslab.linux import cgroupfs, ns
from nslab.linux.flags import CloneFlag
from nslab.linux.libc import answer
from nslab.namespaces.run import own_namespace, run

CLAIM = "In a cgroup namespace the cgroup that a process is in looks like the root, and what lies above cannot be seen."
WHOLE, OWN = "the whole hierarchy", "its own cgroup"
ABOVE = BeginsInside("/..", "inside: a path that leads up and out; unchanged on the host")


@elsewhere
def demo(hierarchy: str | None = None, only: str | Sequence[str] | None = None) -> Evidence:
    """Look at one's own cgroup, at that of pid 1 and at a mount of cgroupfs, from inside a cgroup namespace.

    `hierarchy`: which one, by its controllers as in /proc/self/cgroup ("" is that of v2); by default the first in
    which this process is not at the root. `only`: the names of PARTS to run. Makes no cgroup.
    Raises ValueError, `nslab.Unsupported` where this process is at the root everywhere.
    Source: cgroup_namespaces(7).
    """
    below_root = {name: path for name, path in cgroupfs.paths().items() if path != "/"}
    if hierarchy is not None:
        checked_choice("hierarchy", hierarchy, list(cgroupfs.paths()))
    if not below_root or (hierarchy is not None and hierarchy not in below_root):
        raise Unsupported(
            "a view of a cgroup below the root",
            "this process is in the root cgroup, which looks the same from inside",
            "start it in a cgroup of its own: systemd-run --scope nslab lab (as a user: systemd-run --user --scope)",
        )
    # The hierarchy of v2 first, which newer machines have, unless this process is at its root.
    chosen = hierarchy if hierarchy is not None else min(below_root)
    point = cgroupfs.mount_points().get(chosen, "")
    options = {"hierarchy": chosen, "path": below_root[chosen], "point": point}
    return run("cgroup", CLAIM, PARTS, only, options, standin={})


def _own(outside: Place, treated: bool, *, hierarchy: str) -> Iterator[Row]:
    with outside.sandbox(cgroup=treated) as box:
        before, inside, after = (place.call(_path_and_inode, "self", hierarchy) for place in (outside, box, outside))
    yield own_namespace("cgroup", before[1], inside[1], after[1])
    yield Row("own", "/proc/self/cgroup", before[0], inside[0], after[0], OnlyInside("/"), varies=True)


def _above(outside: Place, treated: bool, *, hierarchy: str, path: str) -> Iterator[Row]:
    if cgroupfs.paths(1)[hierarchy] == path:
        raise Unsupported(
            "a process outside of one's own cgroup", "process 1 is in the same one, as in a container",
            "use the VM: vagrant up",
        )  # fmt: skip
    with outside.sandbox(cgroup=treated) as box:
        before, inside, after = (place.call(_path_and_inode, 1, hierarchy) for place in (outside, box, outside))
    yield own_namespace("cgroup", before[1], inside[1], after[1])
    yield Row("above", "/proc/1/cgroup, of a process outside", before[0], inside[0], after[0], ABOVE, varies=True)


def _path_and_inode(pid: int | str, hierarchy: str) -> tuple[str, int]:
    """The cgroup of a process, and the cgroup namespace from which it is seen."""
    return cgroupfs.paths(pid)[hierarchy], ns.inode("cgroup")


def _mounted(outside: Place, treated: bool, *, hierarchy: str, path: str, point: str) -> Iterator[Row]:
    if not point:
        raise Unsupported(
            "a look at the mounted hierarchy", f"'{hierarchy}' is mounted nowhere", "use the VM: vagrant up"
        )
    before, ns_before = outside.call(_top, point, path)
    with outside.sandbox(cgroup=treated, mnt=True) as box:
        inside, ns_inside = box.call(_mount_and_look, hierarchy, path)
        after, ns_after = outside.call(_top, point, path)
    yield own_namespace("cgroup", ns_before, ns_inside, ns_after)
    yield Row("mount", "the top of a mount of cgroupfs", before, inside, after, OnlyInside(OWN))


def _mount_and_look(hierarchy: str, path: str) -> tuple[str, int]:
    """Mount the hierarchy and look at it, as _top() does; the kernel's answer where it may not."""
    refused = answer(cgroupfs.mount_hierarchy, hierarchy, "/mnt")
    return _top("/mnt", path) if refused == "ok" else (refused, ns.inode("cgroup"))


def _top(directory: str, path: str) -> tuple[str, int]:
    """Which cgroup the top directory of a mount is, and this process's cgroup namespace. The kernel tells it by where
    this process is listed: in the top directory itself, or in the one that is `path` below it.
    """
    for below, meaning in (("", OWN), (path, WHOLE)):
        if answer(os.stat, directory + below) == "ok" and os.getpid() in cgroupfs.members(directory + below):
            return meaning, ns.inode("cgroup")
    return "something else", ns.inode("cgroup")


def _join(outside: Place, treated: bool) -> Iterator[Row]:
    # This row says what own_namespace() says of the other parts: here one clone3() is the whole experiment.
    flags = (CloneFlag.CLONE_NEWCGROUP,) if treated else ()
    before = outside.ns["cgroup"]
    inside = outside.clone(ns.inode, *flags, args=("cgroup",), stream=False).result()
    after = outside.ns["cgroup"]
    yield Row("object", "inode of /proc/self/ns/cgroup", before, inside, after, varies=True)


PARTS = (
    Part("own", "one's own cgroup is /", _own),
    Part("above", "what is above is a way out that cannot be walked", _above),
    Part("mount", "a mount of cgroupfs begins at one's own cgroup", _mounted),
    Part("inode", "the namespace is another object", _join),
)
