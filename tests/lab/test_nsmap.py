import contextlib
import json
import os
import socket
import subprocess
import sys
import time

import pytest

import nslab
from nslab.linux import cgroupfs, mount, mountinfo, ns, process
from nslab.linux.flags import FLAGS, CloneFlag

NAME = f"on-the-map-{os.getpid()}"


def lsns():
    """What lsns(8) lists; user and pid namespaces are inside those that they were made in."""
    out = subprocess.run(["lsns", "-J"], check=True, capture_output=True, text=True).stdout
    found, waiting = {}, json.loads(out)["namespaces"]
    while waiting:
        each = waiting.pop()
        found[each["type"], int(each["ns"])] = each
        waiting += each.get("children", [])
    return found


def test_what_lsns_lists_is_in_it_and_with_the_same_counts():
    with nslab.Sandbox(uts=True, pid=True, mnt=True) as box, box.sandbox(user=True, net=True, ipc=True) as inner:
        inner.run("sleep 100 >/dev/null 2>&1 &")
        before, found, after = lsns(), {(n.type, n.inode): n for n in nslab.ns_map()}, lsns()
        # A number alone tells nothing, since it is given again: whose first process is the same was there in between.
        lasting = {key for key, each in before.items() if key in after and after[key]["pid"] == each["pid"]}
        assert lasting <= found.keys()
        # Only in these does nobody else start or end anything.
        own = {(kind, each.ns[kind]) for each in (box, inner) for kind in FLAGS if each.ns[kind] != ns.inode(kind)}
        assert {kind for kind, _ in own} == {"uts", "pid", "mnt", "user", "net", "ipc"} | set(box.added.types)
        for key in own:
            assert before[key]["nprocs"] == found[key].nprocs == after[key]["nprocs"] > 0


def held_by(whom, kind):
    """What somebody holds. Its number tells nothing: that of a namespace that has gone is given again."""
    return [n.inode for n in nslab.ns_map().types(kind) if any(whom in how for how in n.held_by)]


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
    assert not held_by(f"fd {fd} of {os.getpid()}", "uts")


def test_one_that_only_a_bind_mount_holds():
    with nslab.Sandbox(mnt=True, user=os.geteuid() != 0) as outer:
        inode = outer.call(_bind_a_namespace)
        only = next(n for n in nslab.ns_map() if (n.type, n.inode) == ("uts", inode))
        assert only.nprocs == 0
        assert only.held_by == ("bind mount /mnt/kept",)
        assert only.owner == outer.ns["user"]


def _bind_a_namespace(name="kept"):
    mount.mount("nslab", "/mnt", "tmpfs")
    return _bind(f"/mnt/{name}")


def _bind(path, *flags):
    """Bind a new UTS namespace that has no process to a file; return its inode."""
    open(path, "a").close()
    child = os.fork()
    if child == 0:
        for flag in (*flags, CloneFlag.CLONE_NEWUTS):
            ns.unshare(flag)
        mount.mount("/proc/self/ns/uts", path, None, mount.MountFlag.MS_BIND)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    return os.stat(path).st_ino


STRANGE = "my net\r\n\t\\040\v\f\x1c\x85\u2028#-"


def test_mount_points_with_any_name():
    """As `ip netns add "my net"` makes them, and worse: the lines of mountinfo end with a newline alone."""
    with nslab.Sandbox(mnt=True, user=os.geteuid() != 0) as outer:
        before = outer.call(cgroupfs.mount_points)
        inode = outer.call(_bind_a_namespace, STRANGE)
        found = nslab.ns_map()
        only = next(n for n in found if (n.type, n.inode) == ("uts", inode))
        assert only.owner == outer.ns["user"]
        assert only.held_by == (r"bind mount /mnt/my net\x0d\x0a\x09\040\x0b\x0c\x1c\x85\u2028#-",)
        assert outer.call(cgroupfs.mount_points) == before
        assert STRANGE in [m.point.removeprefix("/mnt/") for m in mountinfo.mounts(outer.pid)]


def _bind_one_over_the_other():
    mount.mount("nslab", "/mnt", "tmpfs")
    covered = _bind("/mnt/kept")
    child = os.fork()
    if child == 0:
        # Its owner is another user namespace, which the map must not take for the owner of the one below.
        read, write = os.pipe()
        inner = os.fork()
        if inner == 0:
            ns.unshare(CloneFlag.CLONE_NEWUSER | CloneFlag.CLONE_NEWUTS)
            os.write(write, b"!")
            time.sleep(60)
        os.read(read, 1)
        mount.mount(f"/proc/{inner}/ns/uts", "/mnt/kept", None, mount.MountFlag.MS_BIND)
        process.kill(inner)
        os.waitpid(inner, 0)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    return covered, os.stat("/mnt/kept").st_ino


def test_a_bind_mount_that_another_one_covers():
    with nslab.Sandbox(mnt=True, user=os.geteuid() != 0) as outer:
        covered, above = outer.call(_bind_one_over_the_other)
        found = nslab.ns_map()
        by_inode = {n.inode: n for n in found if n.type == "uts"}
        assert covered != above
        assert by_inode[covered].held_by == by_inode[above].held_by == ("bind mount /mnt/kept",)
        assert by_inode[above].owner not in (None, outer.ns["user"])
        assert by_inode[covered].owner is None
        assert any("could not be opened" in each for each in found.unseen)
        assert "could not be opened" in repr(found)


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
    with nslab.Sandbox(uts=True, name=NAME) as box:
        found = nslab.ns_map()
        assert next(n for n in found if n.inode == box.ns["uts"]).sandbox == NAME
        # A drawing of all leaves some out where others have many.
        drawn = nslab.lab.nsmap.NsMap(tuple(n for n in found if n.inode in box.ns.values())).diagram()
        assert NAME in repr(drawn)
        assert NAME in drawn._repr_html_()
        assert NAME in found._repr_html_()
        assert json.loads(json.dumps(found.to_dict()))["namespaces"]


def test_an_ordinary_user_is_told_what_he_cannot_see(as_root):
    found = nslab.ns_map()
    unreadable = sum(not os.access(f"/proc/{pid}/ns/uts", os.R_OK) for pid in (1, os.getpid()))
    assert found.hidden >= unreadable
    said = " ".join(repr(found).split())  # lines end where there is no more room
    assert ("may not be read" in said) == (found.hidden > 0)
    assert ("sudo nslab map" in said) == (found.hidden > 0 and not as_root)
    assert as_root or found.hidden > 0


def test_ancestors_without_a_process():
    chain = ["unshare", "-Ur"] * 3
    with _started([*chain, "sh", "-c", "echo ready; exec sleep 60"]) as command:
        assert command.stdout.readline() == "ready\n"
        found = nslab.ns_map()
        users = {n.inode: n for n in found if n.type == "user"}
        at, above = ns.inode("user", command.pid), []
        while at is not None:
            above.append(at)
            at = users[at].parent
    assert len(above) == 4
    assert above[-1] == ns.inode("user")
    assert [users[inode].nprocs for inode in above[:3]] == [1, 0, 0]
    assert [users[inode].held_by for inode in above[1:3]] == [("namespaces that it owns",)] * 2
    assert [users[inode].uid for inode in above[:3]] == [os.geteuid()] * 3
    # Others' may be without a parent: one that has ended while it was looked for.
    mine = nslab.lab.nsmap.NsMap(tuple(n for n in found if n.type != "user" or n.inode in above))
    for drawing in (mine.diagram(), mine.types("user").diagram()):
        roots = [line for line in repr(drawing).splitlines() if line.startswith("user:[")]
        assert len(roots) == 1


def test_pid_namespaces_that_live_by_those_inside_alone():
    """A pid namespace whose first process has ended stays as long as a descriptor holds one inside it."""
    with nslab.Sandbox(pid=True) as outer:
        with outer.sandbox(pid=True) as middle, middle.sandbox(pid=True) as inner:
            fd = os.open(f"/proc/{inner.pid}/ns/pid", os.O_RDONLY)
            inodes = [each.ns["pid"] for each in (inner, middle, outer)]
        try:
            found = {n.inode: n for n in nslab.ns_map() if n.type == "pid"}
            assert [found[inode].parent for inode in inodes[:2]] == inodes[1:]
            assert found[inodes[1]].held_by == ("namespaces inside it",)
            assert found[inodes[1]].owner == outer.ns["user"]
        finally:
            os.close(fd)


def _wait_for_line(command):
    line = command.stdout.readline().split()
    assert line, command.stderr.read()
    return [int(each) for each in line]


_IN_A_THREAD = """
import ctypes, os, platform, sys, threading, time
from nslab.linux import ns
from nslab.linux.flags import CloneFlag
if os.geteuid():
    ns.unshare(CloneFlag.CLONE_NEWUSER)
def act():
    if sys.argv[1] == "apart":
        ns.unshare(CloneFlag.CLONE_NEWUTS)
        ns.unshare(CloneFlag.CLONE_NEWPID)
        held = os.open("/proc/thread-self/ns/uts", os.O_RDONLY)
        os.close(held)
    else:
        while "Z (zombie)" not in open("/proc/self/status").read():
            time.sleep(0.001)
    print(threading.get_native_id(), os.stat("/proc/thread-self/ns/uts").st_ino, flush=True)
    time.sleep(60)
if sys.argv[1] == "ended":
    ns.unshare(CloneFlag.CLONE_NEWUTS)
    held = os.open("/proc/self/ns/user", os.O_RDONLY)
threading.Thread(target=act).start()
if sys.argv[1] == "ended":
    ctypes.CDLL(None).syscall({"x86_64": 60, "aarch64": 93}[platform.machine()], 0)
time.sleep(60)
"""


def _python(code, *args):
    return _started([sys.executable, "-c", code, *args])


@contextlib.contextmanager
def _started(argv, **options):
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, stdout=pipe, stderr=pipe, text=True, **options) as command:
        try:
            yield command
        finally:
            command.kill()


def test_one_that_only_a_thread_is_in():
    with _python(_IN_A_THREAD, "apart") as command:
        tid, inode = _wait_for_line(command)
        found = {(n.type, n.inode): n for n in nslab.ns_map()}
    only = found["uts", inode]
    assert only.nprocs == 0
    assert only.held_by == (f"thread {tid} of {command.pid}",)
    assert only.owner in [n.inode for n in found.values() if n.type == "user"]


def test_a_process_whose_first_thread_has_ended():
    with _python(_IN_A_THREAD, "ended") as command:
        _, inode = _wait_for_line(command)
        assert process.status(command.pid)["State"].startswith("Z")
        found = nslab.ns_map()
    only = next(n for n in found if (n.type, n.inode) == ("uts", inode))
    assert only.pids == (command.pid,)
    assert set(found.of(command.pid)) == set(ns.available())
    assert any(f"of {command.pid}" in how for n in found.types("user") for how in n.held_by)


def test_one_that_only_a_socket_holds():
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ns.unshare(CloneFlag.CLONE_NEWUSER | CloneFlag.CLONE_NEWNET)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
            socket.send_fds(theirs, [str(ns.inode("net")).encode()], [made.fileno()])
        os._exit(0)
    text, fds, _, _ = socket.recv_fds(ours, 100, 1)
    os.waitpid(child, 0)
    inode, held = int(text), fds[0]
    try:
        found = nslab.ns_map()
        only = next(n for n in found if (n.type, n.inode) == ("net", inode))
        assert only.nprocs == 0
        assert only.held_by == (f"socket {fds[0]} of {os.getpid()}",)
        owner = next(n for n in found if (n.type, n.inode) == ("user", only.owner))
        assert (owner.nprocs, owner.parent, owner.uid) == (0, ns.inode("user"), os.geteuid())
        with _started(["sleep", "60"], pass_fds=fds) as other:
            os.close(fds.pop())
            only = next(n for n in nslab.ns_map() if (n.type, n.inode) == ("net", inode))
            assert only.held_by[0].endswith(f" of {other.pid}")
            assert only.owner == owner.inode
    finally:
        for fd in (*fds, ours.fileno(), theirs.fileno()):
            os.close(fd)
        ours.detach(), theirs.detach()
    assert not held_by(f"socket {held} of {os.getpid()}", "net")


def test_what_is_mounted_where_no_process_is_cannot_be_seen_and_that_is_said():
    """In a pid namespace of its own, with its own /proc: elsewhere others may hold such a thing, too."""
    with nslab.Sandbox(pid=True, mnt=True) as box:
        assert box.call(_mounts_unseen) == [0, 1, 0]


def _mounts_unseen():
    def said():
        return sum(int(s.split()[3]) for s in nslab.ns_map().unseen if s.startswith("the mounts of"))

    counts = [said()]
    box = nslab.Sandbox(mnt=True)
    fd = os.open(f"/proc/{box.pid}/ns/mnt", os.O_RDONLY)
    box.close()
    try:
        counts.append(said())
    finally:
        os.close(fd)
    return [*counts, said()]


def test_names_of_processes_do_not_command_the_terminal():
    code = """if True:
        import time
        from nslab.linux import ns
        from nslab.linux.flags import CloneFlag
        ns.unshare(CloneFlag.CLONE_NEWUSER | CloneFlag.CLONE_NEWUTS)
        open("/proc/self/comm", "wb").write(b"\\x1b[31m\\xe2\\x80\\xae\\xff\\rx")
        print(1, flush=True)
        time.sleep(60)
    """
    with _python(code) as command:
        _wait_for_line(command)
        found = nslab.ns_map()
    shown = r"\x1b[31m\u202e\xff\x0dx"
    mine = nslab.lab.nsmap.NsMap(tuple(n for n in found if n.pids == (command.pid,)))
    assert [n.command for n in mine] == ["\x1b[31m\u202e\udcff\rx"] * 2
    for text in (str(mine), repr(mine.diagram()), mine._repr_html_(), mine.diagram()._repr_html_()):
        assert shown in text
        assert not set("\x1b\u202e\udcff\r") & set(text)
    assert json.loads(json.dumps(found.to_dict()))


@pytest.mark.parametrize("option", ["invisible", "noaccess"])
def test_a_proc_that_hides_the_processes_of_others_says_so(as_root, option):
    if not as_root:
        pytest.skip("needs root, who alone may mount /proc so and become somebody else")
    with nslab.Sandbox(pid=True, mnt=True) as box:
        box.run(f"mount -t proc -o hidepid={option} proc /proc")
        assert "may not be read" not in str(box.call(str_map))
        told = box.call(_map_of_another)
        assert f"hidepid={option}" in told or "may not be read" in told


def str_map():
    return str(nslab.ns_map())


def _map_of_another():
    from nslab.linux import caps

    caps.become(1234)
    return str_map()


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-8"])
def test_a_terminal_that_has_not_all_letters_gets_the_map_too(encoding):
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run([sys.executable, "-m", "nslab", "map", "--type", "user"], capture_output=True, env=env)
    assert (done.returncode, done.stderr) == (0, b"")
    assert str(ns.inode("user")) in done.stdout.decode(encoding)
