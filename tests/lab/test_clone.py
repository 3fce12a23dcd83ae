"""nslab.clone(): flags, results, exceptions, output, signals, bad input."""

import os
import signal
import sys
import threading
import time

import pytest

import nslab
from nslab.lab.host import host
from nslab.linux import ns, process
from nslab.linux.flags import FLAGS


def inodes():
    return {kind: os.stat(f"/proc/self/ns/{kind}").st_ino for kind in FLAGS}


@pytest.mark.parametrize("kind", list(FLAGS))
def test_each_flag_makes_its_own_namespace_and_no_other(kind):
    # An ordinary user gets a user namespace too; that one is not counted against the flag.
    child = nslab.clone(inodes, FLAGS[kind])
    inside = child.result()
    different = {k for k, inode in inside.items() if inode != ns.inode(k)}
    assert different - set(child.added.types) == {kind} - set(child.added.types)
    assert kind in different


def test_without_a_flag_everything_is_shared():
    assert nslab.clone(inodes).result() == {kind: ns.inode(kind) for kind in FLAGS}


def test_all_eight_at_once():
    inside = nslab.clone(inodes, *FLAGS.values()).result()
    assert all(inside[kind] != ns.inode(kind) for kind in FLAGS)


def test_a_lambda_and_a_closure_arrive_by_value():
    n = 20
    assert nslab.clone(lambda a: a + n, args=(22,)).result() == 42


def test_the_exception_arrives_as_itself_with_the_childs_traceback():
    class Mine(Exception):
        pass

    def inner():
        raise Mine("from the child", 7)

    with pytest.raises(Exception) as caught:
        nslab.clone(lambda: inner()).result()
    assert type(caught.value).__name__ == "Mine"
    assert caught.value.args == ("from the child", 7)
    assert "inner" in [entry.name for entry in caught.traceback]


def test_the_kernels_error_names_the_call():
    from nslab.linux import uts

    def rename():
        if os.geteuid() == 0:
            os.setresuid(65534, 65534, 65534)
        uts.sethostname("no")

    with pytest.raises(PermissionError, match=r'sethostname\("no", 2\)'):
        nslab.clone(rename).result()


def test_output_streams_while_the_child_runs(capsys):
    read, write = os.pipe()

    def talk():
        print("first")
        sys.stderr.write("aside\n")
        print("second")
        time.sleep(30)

    child = nslab.clone(talk)
    deadline = time.monotonic() + 5
    while "second" not in child.stdout and time.monotonic() < deadline:
        time.sleep(0.005)
    assert child.alive
    assert child.stdout == "first\nsecond\n"
    child.kill()
    assert child.wait() == -signal.SIGKILL
    assert capsys.readouterr().out == "first\nsecond\n"
    assert child.stderr == "aside\n"
    os.close(read)
    os.close(write)


def test_output_of_a_megabyte_arrives_whole():
    child = nslab.clone(lambda: print("x" * 1_000_000), stream=False)
    child.wait()
    assert len(child.stdout) == 1_000_001


def test_exit_status_and_signals():
    assert nslab.clone(lambda: sys.exit(7)).wait() == 7
    child = nslab.clone(lambda: time.sleep(30))
    child.kill(signal.SIGTERM)
    assert child.wait() == -signal.SIGTERM
    with pytest.raises(nslab.Left, match="SIGTERM"):
        child.result()


def test_a_result_that_cannot_be_sent_is_explained():
    with pytest.raises(TypeError, match="cannot be sent back"):
        nslab.clone(lambda: (i for i in range(3))).result()


def test_wait_with_timeout():
    with nslab.clone(lambda: time.sleep(30)) as child:
        with pytest.raises(TimeoutError, match=r"still runs after 0\.05 s"):
            child.wait(0.05)
    assert not child.alive


def test_an_interrupt_kills_the_child():
    child = nslab.clone(lambda: time.sleep(30))
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        child.wait()
    deadline = time.monotonic() + 2
    while child.alive and time.monotonic() < deadline:
        time.sleep(0.005)
    assert not child.alive


def test_the_calls_are_recorded():
    child = nslab.clone(os.getpid, nslab.CLONE_NEWUTS, hostname="box")
    child.result()
    calls = [str(c) for c in sorted(child.syscalls)]
    assert calls[0].startswith("clone3({flags=CLONE_NEWUTS")
    assert 'sethostname("box", 3) = 0' in calls


def test_random_numbers_differ_from_child_to_child():
    assert len({nslab.clone(lambda: __import__("random").random()).result() for _ in range(5)}) == 5


def test_children_do_not_share_descriptors_with_the_server():
    fds = nslab.clone(lambda: sorted(int(fd) for fd in os.listdir("/proc/self/fd"))).result()
    # 0 to 2, the answers' socket, and the directory that listdir itself has open
    assert len(fds) == 5


def test_no_descriptors_or_threads_are_left(as_root):
    def count():
        return len(os.listdir("/proc/self/fd")), threading.active_count()

    nslab.clone(os.getpid).wait()
    time.sleep(0.05)
    before = count()
    for _ in range(20):
        nslab.clone(os.getpid, nslab.CLONE_NEWUTS).wait()
    time.sleep(0.1)
    assert count() == before


def test_clones_from_several_threads_do_not_mix():
    results = {}

    def work(i):
        results[i] = nslab.clone(lambda: i * i, stream=False).result()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(16)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert results == {i: i * i for i in range(16)}


def test_the_fork_server_has_one_thread():
    nslab.clone(os.getpid).result()
    keeper = host()._keeper.pid
    for pid in [keeper, *process.children(keeper)]:
        assert len(os.listdir(f"/proc/{pid}/task")) == 1


def test_userns_never_shows_the_kernels_refusal(as_root):
    if as_root:
        assert nslab.clone(os.getpid, nslab.CLONE_NEWUTS, userns="never").result()
    else:
        with pytest.raises(PermissionError, match="clone3"):
            nslab.clone(os.getpid, nslab.CLONE_NEWUTS, userns="never")


def test_uid_maps():
    assert nslab.clone(os.getuid, nslab.CLONE_NEWUSER).result() == 0
    assert nslab.clone(os.getuid, nslab.CLONE_NEWUSER, uid_map=(), gid_map=()).result() == 65534
    assert nslab.clone(os.getuid, nslab.CLONE_NEWUSER, uid_map=[(1234, os.getuid(), 1)]).result() == 1234


def test_boottime_is_shifted():
    def boottime():
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    shifted = nslab.clone(boottime, nslab.CLONE_NEWTIME, boottime=5000.0).result()
    assert 4999 < shifted - boottime() < 5001


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nslab.clone(42), TypeError, "fn=42"),
        (lambda: nslab.clone(os.getpid, 0x04000000), TypeError, "67108864 is not a CLONE_NEW"),
        (lambda: nslab.clone(os.getpid, hostname="x"), ValueError, "hostname='x' needs the flag CLONE_NEWUTS"),
        (lambda: nslab.clone(os.getpid, nslab.CLONE_NEWUTS, hostname=3), TypeError, "hostname=3"),
        (lambda: nslab.clone(os.getpid, nslab.CLONE_NEWNS, propagation="no"), ValueError, "propagation='no'"),
        (lambda: nslab.clone(os.getpid, nslab.CLONE_NEWNS, colour="red"), TypeError, "colour='red'"),
        (lambda: nslab.clone(os.getpid, nslab.CLONE_NEWUSER, uid_map="0 0 1"), TypeError, "uid_map='0 0 1'"),
        (lambda: nslab.clone(os.getpid, nslab.CLONE_NEWUSER, uid_map=[(0, -1, 1)]), ValueError, "uid_map="),
        (lambda: nslab.clone(os.getpid, nslab.CLONE_NEWUSER, setgroups="maybe"), ValueError, "setgroups='maybe'"),
        (lambda: nslab.clone(os.getpid, nslab.CLONE_NEWTIME, boottime="1h"), TypeError, "boottime='1h'"),
        (lambda: nslab.clone(os.getpid, nslab.CLONE_NEWTIME, boottime=1e12), ValueError, "boottime="),
        (lambda: nslab.clone(os.getpid, nslab.CLONE_NEWNET, lo="up"), TypeError, "lo='up'"),
        (lambda: nslab.clone(os.getpid, userns="maybe"), ValueError, "userns='maybe'"),
        (lambda: nslab.clone(threading.Lock().acquire), TypeError, "cannot be sent to a child"),
        (lambda: nslab.nothing, AttributeError, "nslab has no 'nothing'"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_what_a_child_raised_is_told_by_who_only_waits(capsys):
    assert nslab.clone(lambda: 1 / 0).wait() == 1
    assert capsys.readouterr().err == "ZeroDivisionError: division by zero (.result() raises it, with its traceback)\n"
    with pytest.raises(ZeroDivisionError):
        nslab.clone(lambda: 1 / 0).result()
    assert capsys.readouterr().err == ""
