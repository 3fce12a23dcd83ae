"""The record of the system calls of an experiment: whose calls are in it, and whose are not."""

import contextlib
import os
import signal
import threading
import time

import pytest

import nslab
from nslab.lab.client.host import host
from nslab.lab.client.recorder import recording
from nslab.linux import files, mount, nodes, ns, process, trace, uts
from nslab.linux.trace import Syscall

MAPS = ('/uid_map"', '/gid_map"', '/setgroups"')


def names(calls: tuple[Syscall, ...]) -> list[str]:
    """The calls but for the id maps that an ordinary user's clone needs."""
    return [call.name for call in calls if call.name != "write" or not call.args[0].endswith(MAPS)]


def hosts(calls: tuple[Syscall, ...]) -> list[str]:
    return [call.args[0] for call in calls if call.name == "sethostname"]


def a_family() -> None:
    """A child that forks, whose child forks, and nobody waits for the last one's calls."""
    uts.sethostname("child")
    if process.fork() == 0:
        uts.sethostname("grandchild")
        if process.fork() == 0:
            uts.sethostname("great-grandchild")
            os._exit(0)
        os.wait()
        os._exit(0)
    os.wait()


def test_the_calls_of_grandchildren_are_recorded() -> None:
    with recording() as record:
        nslab.clone(a_family, nslab.CLONE_NEWUTS).result()
    assert hosts(record.calls) == ['"child"', '"grandchild"', '"great-grandchild"']
    forks = [call for call in record.calls if call.name == "clone"]
    assert [call.args for call in forks] == [("CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD",)] * 2
    assert len({call.pid for call in record.calls if call.name == "sethostname"}) == 3
    assert forks[0].result in {call.pid for call in record.calls}


def rename_and_wait() -> None:
    uts.sethostname("doomed")
    print("done", flush=True)
    time.sleep(60)


def test_the_call_of_one_that_is_killed_is_recorded() -> None:
    with recording() as record:
        with nslab.clone(rename_and_wait, nslab.CLONE_NEWUTS, stream=False) as child:
            while "done" not in child.read_output():
                time.sleep(0.001)
            child.kill()
            assert child.wait() == -signal.SIGKILL
    assert hosts(record.calls) == ['"doomed"']
    kills = [call for call in record.calls if call.name == "pidfd_send_signal"]
    assert [call.args[1] for call in kills] == ["SIGKILL"]


def test_a_call_that_ends_its_caller_is_recorded() -> None:
    with recording() as record:
        child = nslab.clone(_kill_itself)
        assert child.wait() == -signal.SIGKILL
    assert [(call.name, call.args[1], call.result) for call in record.calls] == [
        ("kill", "0", 0), ("kill", "SIGKILL", "?"),
    ]  # fmt: skip


def _kill_itself() -> None:
    process.kill(os.getpid(), 0)
    process.kill(os.getpid())


def test_half_a_call_does_not_spoil_the_next() -> None:
    with recording() as record:
        current = trace.recording()
        assert current is not None
        nodes_failed()
        size = os.fstat(current).st_size
        os.ftruncate(current, size - size // 3)
        nodes_failed()
    assert names(record.calls) == ["mknod"]


def nodes_failed() -> None:
    with contextlib.suppress(OSError):
        nodes.mknod("/nowhere/at/all", 0o20600, os.makedev(1, 3))


def test_a_refused_clone_is_recorded() -> None:
    with recording() as record, host().sandbox(user=True, uid_map=[(0, os.getuid(), 1)]) as box:
        box.call(no_more_uts)
        with contextlib.suppress(OSError):
            box.clone(os.getpid, nslab.CLONE_NEWUTS).wait()
    refused = [call for call in record.calls if call.name == "clone3" and call.errno]
    assert [(call.result, call.errno) for call in refused] == [(-1, "ENOSPC")]


def no_more_uts() -> None:
    files.write("/proc/sys/user/max_uts_namespaces", "0")


def named(name: str) -> None:
    uts.sethostname(name)


def test_two_recordings_in_two_threads_are_apart() -> None:
    found: dict[str, list[str]] = {}
    together = threading.Barrier(2)

    def experiment(name: str) -> None:
        with recording() as record, host().sandbox(uts=True) as box:
            for turn in range(5):
                together.wait()
                box.call(_Named(f"{name}-{turn}"))
        found[name] = hosts(record.calls)

    threads = [threading.Thread(target=experiment, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {name: [f'"{name}-{turn}"' for turn in range(5)] for name in ("one", "two")}


class _Named:
    """A function with a name in it, for a place that is called by more than one."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self) -> None:
        uts.sethostname(self.name)


def test_a_call_of_another_thread_is_not_in_it() -> None:
    with recording() as record:
        thread = threading.Thread(target=_everything)
        thread.start()
        thread.join()
        process.kill(os.getpid(), 0)
    assert [str(call) for call in record.calls] == [f"kill({os.getpid()}, 0) = 0"]
    assert record.plumbing == ()


def _everything() -> None:
    nodes_failed()
    nslab.clone(os.getpid, nslab.CLONE_NEWUTS).wait()


def test_a_thread_of_a_child_is_in_it() -> None:
    with recording() as record:
        nslab.clone(_in_a_thread).wait()
    assert names(record.calls) == ["mknod"]


def _in_a_thread() -> None:
    thread = threading.Thread(target=nodes_failed)
    thread.start()
    thread.join()


def test_a_sandbox_of_before_is_recorded_only_while_the_recording_runs() -> None:
    with host().sandbox(uts=True) as box:
        box.call(_Named("before"))
        with recording() as record:
            box.call(_Named("within"))
        box.call(_Named("after"))
        with recording() as again:
            box.call(_Named("again"))
    assert hosts(record.calls) == ['"within"']
    assert hosts(again.calls) == ['"again"']


def test_plumbing_is_apart() -> None:
    with recording() as record, host().sandbox(uts=True) as box:
        box.call(_Named("inside"))
        with box.clone(time.sleep, args=(60,), stream=False):
            pass
    assert hosts(record.calls) == ['"inside"']
    assert names(record.calls) == ["clone3", "sethostname"]
    assert "CLONE_NEWUTS" in record.calls[0].args[0]
    # Plain clones to run something in, the name that ps shows, and the end of what was left running.
    assert {"clone3", "write", "pidfd_send_signal"} <= set(names(record.plumbing))
    assert not any("CLONE_NEW" in "".join(call.args) for call in record.plumbing)


def test_what_is_made_as_plumbing_is_plumbing_in_every_process() -> None:
    with recording() as record, trace.plumbing(), host().sandbox(uts=True) as box:
        box.call(a_family)
    assert record.calls == ()
    assert hosts(record.plumbing) == ['"child"', '"grandchild"', '"great-grandchild"']


def test_a_process_that_the_client_forks_is_in_it() -> None:
    with recording() as record:
        pid = process.fork()
        if pid == 0:
            nodes_failed()
            os._exit(0)
        os.waitpid(pid, 0)
    assert [(call.name, call.result) for call in record.calls] == [("clone", pid), ("mknod", -1)]


def test_a_child_has_its_own_calls_with_a_recording_and_without() -> None:
    alone = nslab.clone(a_family, nslab.CLONE_NEWUTS)
    alone.wait()
    with recording():
        recorded = nslab.clone(a_family, nslab.CLONE_NEWUTS)
        recorded.wait()
    assert names(tuple(alone.syscalls)) == names(tuple(recorded.syscalls)) == ["clone3", "sethostname", "clone"]


def test_a_recording_leaves_no_descriptor() -> None:
    before = os.listdir("/proc/self/fd")
    with recording(), host().sandbox(uts=True) as box:
        box.call(_Named("inside"))
    assert os.listdir("/proc/self/fd") == before
    assert "nslab-record" not in " ".join(nslab.clone(_open).result())


def _open() -> list[str]:
    """What this process has open."""
    return [_target(fd) for fd in os.listdir("/proc/self/fd")]


def _target(fd: str) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{fd}")
    except FileNotFoundError:
        return ""  # that which listed them


def test_setns_and_unshare_name_their_flags() -> None:
    with recording() as record:
        nslab.clone(_moves, nslab.CLONE_NEWUTS).result()
    assert [f"{call.name}({call.args[-1]})" for call in record.calls if call.name in ("unshare", "setns")] == [
        "unshare(CLONE_NEWUTS|CLONE_NEWIPC)", "setns(CLONE_NEWUTS)",
    ]  # fmt: skip


def _moves() -> None:
    before = os.open("/proc/self/ns/uts", os.O_RDONLY)
    ns.unshare(nslab.CLONE_NEWUTS | nslab.CLONE_NEWIPC)
    ns.setns(before, nslab.CLONE_NEWUTS)


@pytest.mark.parametrize(("flags", "text"), [
    (0, "0"),
    (mount.MountFlag.MS_NOSUID | mount.MountFlag.MS_NODEV, "MS_NOSUID|MS_NODEV"),
    (mount.MountFlag.MS_BIND | 1 << 10, "MS_BIND|0x400"),
])  # fmt: skip
def test_mount_tells_its_flags_by_name(flags: int, text: str) -> None:
    with recording() as record, contextlib.suppress(OSError):
        mount.mount("nowhere", "/nowhere/at/all", None, flags)
    assert record.calls[0].args == ('"nowhere"', '"/nowhere/at/all"', "NULL", text, "NULL")
