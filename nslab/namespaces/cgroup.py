"""Cgroup namespaces: one's own cgroup looks like the root (cgroup_namespaces(7))."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nslab.errors import Unsupported, checked_choice
from nslab.evidence import ISOLATED, Evidence, Expect, Row, inside_is
from nslab.lab.host import host
from nslab.lab.place import Place
from nslab.linux import cgroupfs
from nslab.linux.flags import CloneFlag
from nslab.linux.libc import answer
from nslab.namespaces.experiment import Part, run

CLAIM = "In a cgroup namespace the cgroup that a process is in looks like the root, and what lies above cannot be seen."
WHOLE, OWN = "the whole hierarchy", "its own cgroup"
ABOVE = Expect("a path that leads up and out", lambda b, i, a: b == a and i.startswith("/.."))


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
    # That of v2 first, where it tells something: it is the one that newer machines have.
    chosen = hierarchy if hierarchy is not None else min(below_root)
    point = cgroupfs.mount_points().get(chosen, "")
    options = {"hierarchy": chosen, "path": below_root[chosen], "point": point}
    return run("cgroup", CLAIM, PARTS, only, options, standin={})


def panel() -> Any:
    """Return the same experiment as a panel: choose a part, guess, run it, and compare. Source: namespaces(7)."""
    from nslab.namespaces.panel import panel

    return panel("cgroup")


def _own(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    name = options["hierarchy"]
    with outside.sandbox(cgroup=isolated) as box:
        before, inside = outside.call(cgroupfs.paths)[name], box.call(cgroupfs.paths)[name]
        after = outside.call(cgroupfs.paths)[name]
    yield Row("/proc/self/cgroup", before, inside, after, inside_is("/"), varies=True)


def _above(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    name = options["hierarchy"]
    if cgroupfs.paths(1)[name] == options["path"]:
        raise Unsupported(
            "a process outside of one's own cgroup", "process 1 is in the same one, as in a container",
            "use the VM: vagrant up",
        )  # fmt: skip
    with outside.sandbox(cgroup=isolated) as box:
        before, inside, after = (place.call(cgroupfs.paths, 1)[name] for place in (outside, box, outside))
    yield Row("/proc/1/cgroup, of a process outside", before, inside, after, ABOVE, varies=True)


def _mounted(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    point = options["point"]
    if not point:
        raise Unsupported(
            "a look at the mounted hierarchy", f"'{options['hierarchy']}' is mounted nowhere", "use the VM: vagrant up"
        )
    top, own = os.stat(point).st_ino, os.stat(point + options["path"]).st_ino
    with outside.sandbox(cgroup=isolated, mnt=True) as box:
        inside = box.call(_mount_and_look, options["hierarchy"], top, own)
    here = WHOLE if os.stat(point).st_ino == top else "–"
    yield Row("the top of a mount of cgroupfs", here, inside, here, inside_is(OWN))


def _mount_and_look(hierarchy: str, top: int, own: int) -> str:
    """Mount the hierarchy and say what its top directory is, by the inode number."""
    refused = answer(cgroupfs.mount_hierarchy, hierarchy, "/mnt")
    if refused != "ok":
        return refused
    return {top: WHOLE, own: OWN}.get(os.stat("/mnt").st_ino, "something else")


def _join(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    flags = (CloneFlag.CLONE_NEWCGROUP,) if isolated else ()
    before = host().ns["cgroup"]
    child = outside.clone(_inode, *flags, stream=False)
    yield Row("inode of /proc/self/ns/cgroup", before, child.result(), host().ns["cgroup"], ISOLATED, varies=True)


def _inode() -> int:
    return os.stat("/proc/self/ns/cgroup").st_ino


PARTS = (
    Part("own", "one's own cgroup is /", _own),
    Part("above", "what is above is a way out that cannot be walked", _above),
    Part("mount", "a mount of cgroupfs begins at one's own cgroup", _mounted),
    Part("inode", "the namespace is another object", _join),
)
