import json
import os
import subprocess
import time

import pytest

import nslab
from nslab.linux import mount, ns
from nslab.linux.flags import FLAGS, CloneFlag


def lsns():
    out = subprocess.run(["lsns", "-J"], check=True, capture_output=True, text=True).stdout
    return {(n["type"], int(n["ns"])): n for n in json.loads(out)["namespaces"]}


def test_what_lsns_lists_is_in_it_with_the_same_counts():
    with nslab.Sandbox(uts=True, pid=True, mnt=True) as box, box.sandbox(user=True, net=True, ipc=True) as inner:
        inner.run("sleep 100 >/dev/null 2>&1 &")
        for _ in range(20):
            theirs, ours = lsns(), {(n.type, n.inode): n for n in nslab.ns_map()}
            # lsns is itself a process, which it counts and which is gone when ours are counted.
            counts = {key: n["nprocs"] - (key[1] == ns.inode(key[0])) for key, n in theirs.items()}
            seen = {key: ours[key].nprocs for key in theirs if key in ours}
            if counts == seen:
                break
            time.sleep(0.05)
        assert counts == seen
        for kind in ("uts", "pid", "mnt"):
            assert (kind, box.ns[kind]) in ours


def test_owners_and_parents():
    with nslab.Sandbox(user=True, pid=True) as outer, outer.sandbox(user=True, pid=True, uts=True) as inner:
        found = {(n.type, n.inode): n for n in nslab.ns_map()}
        assert found["uts", inner.ns["uts"]].owner == inner.ns["user"]
        assert found["user", inner.ns["user"]].parent == outer.ns["user"]
        assert found["pid", inner.ns["pid"]].parent == outer.ns["pid"]
        assert found["user", outer.ns["user"]].uid == os.geteuid()


def test_one_that_only_a_descriptor_holds():
    box = nslab.Sandbox(uts=True)
    fd = os.open(f"/proc/{box.pid}/ns/uts", os.O_RDONLY)
    inode = box.ns["uts"]
    box.close()
    try:
        only = next(n for n in nslab.ns_map() if (n.type, n.inode) == ("uts", inode))
        assert only.nprocs == 0
        assert only.held_by == (f"fd {fd} of {os.getpid()}",)
    finally:
        os.close(fd)
    assert inode not in [n.inode for n in nslab.ns_map()]


def test_one_that_only_a_bind_mount_holds():
    with nslab.Sandbox(mnt=True, user=os.geteuid() != 0) as outer:
        inode = outer.call(_bind_a_namespace)
        only = next(n for n in nslab.ns_map() if (n.type, n.inode) == ("uts", inode))
        assert only.nprocs == 0
        assert only.held_by == ("bind mount /mnt/kept",)
        assert only.owner == outer.ns["user"]


def _bind_a_namespace():
    mount.mount("nslab", "/mnt", "tmpfs")
    open("/mnt/kept", "w").close()
    child = os.fork()
    if child == 0:
        ns.unshare(CloneFlag.CLONE_NEWUTS)
        mount.mount("/proc/self/ns/uts", "/mnt/kept", None, mount.MountFlag.MS_BIND)
        os._exit(0)
    os.waitpid(child, 0)
    return os.stat("/mnt/kept").st_ino


def test_one_that_waits_for_children():
    with nslab.clone(_unshare_and_wait, nslab.CLONE_NEWUSER, nslab.CLONE_NEWUTS, stream=False) as child:
        while "ready" not in child.read_output():
            time.sleep(0.001)
        held = [h for n in nslab.ns_map().types("time") for h in n.held_by]
        assert f"for children of {child.pid}" in held


def _unshare_and_wait():
    ns.unshare(CloneFlag.CLONE_NEWTIME)
    print("ready", flush=True)
    time.sleep(60)


def test_of_and_types():
    found = nslab.ns_map()
    assert {k: n.inode for k, n in found.of(os.getpid()).items()} == {k: ns.inode(k) for k in FLAGS}
    assert {n.type for n in found.types("pid", "net")} == {"pid", "net"}
    with pytest.raises(ValueError, match="type='nope': choose one of"):
        found.types("nope")
    with pytest.raises(ProcessLookupError, match="pid=0"):
        found.of(0)


def test_named_sandboxes_are_named():
    with nslab.Sandbox(uts=True, name="on-the-map") as box:
        found = nslab.ns_map()
        assert next(n for n in found if n.inode == box.ns["uts"]).sandbox == "on-the-map"
        assert "on-the-map" in repr(found.diagram())
        assert "on-the-map" in found.diagram()._repr_html_()
        assert "on-the-map" in found._repr_html_()
        assert json.loads(json.dumps(found.to_dict()))["namespaces"]


def test_an_ordinary_user_is_told_what_he_cannot_see(as_root):
    found = nslab.ns_map()
    unreadable = sum(not os.access(f"/proc/{pid}/ns/uts", os.R_OK) for pid in (1, os.getpid()))
    assert found.hidden >= unreadable
    assert ("may not be read" in repr(found)) == (found.hidden > 0)
    assert ("sudo nslab map" in repr(found)) == (found.hidden > 0 and not as_root)
    assert as_root or found.hidden > 0
