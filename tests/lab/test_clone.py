"""nslab.clone(): flags, results, exceptions, output, signals, bad input."""

import errno
import io
import operator
import os
import resource
import signal
import subprocess
import sys
import threading
import time

import pytest

import nslab
from nslab.lab.client.host import host
from nslab.lab.upkeep.cgroup_cleanup import wait_until
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
        time.sleep(1000)

    child = nslab.clone(talk)
    assert wait_until(lambda: "second" in child.stdout, 30)
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
    child = nslab.clone(lambda: time.sleep(1000))
    child.kill(signal.SIGTERM)
    assert child.wait() == -signal.SIGTERM
    with pytest.raises(nslab.Left, match="SIGTERM"):
        child.result()


def test_a_result_that_cannot_be_sent_is_explained():
    with pytest.raises(TypeError, match="cannot be sent back"):
        nslab.clone(lambda: (i for i in range(3))).result()


class Secretive:
    def __repr__(self):
        raise RuntimeError("no")

    __reduce__ = __repr__


def test_what_cannot_be_shown_either_is_named_by_its_type():
    with pytest.raises(TypeError, match="cannot be sent back: a Secretive: no"):
        nslab.clone(lambda: Secretive()).result()


@pytest.mark.parametrize(
    "fails",
    [
        lambda: b"\xff".decode(),
        lambda: os.stat("/no/such/file"),
        lambda: __import__("json").loads("{1"),
        lambda: __import__("no_such_module"),
        lambda: [].index(7),
        lambda: {}["key"],
        lambda: compile("1 +", "here", "exec"),
    ],
)
def test_the_exception_says_what_it_would_say_here(fails):
    def said(f):
        with pytest.raises(Exception) as caught:
            f()
        return type(caught.value), str(caught.value)

    assert said(lambda: nslab.clone(fails).result()) == said(fails)


def test_a_recursion_without_end_arrives_as_itself():
    def again():
        return again()

    with pytest.raises(RecursionError, match="maximum recursion depth") as caught:
        nslab.clone(again).result()
    assert 90 < len(caught.traceback) < 120


def test_a_recursion_that_another_exception_came_of_arrives_too():
    def again():
        return again()

    def fails():
        try:
            again()
        except RecursionError as e:
            raise ValueError("too deep") from e

    with pytest.raises(ValueError, match="too deep") as caught:
        nslab.clone(fails).result()
    assert isinstance(caught.value.__cause__, RecursionError)


def test_a_program_that_is_not_there_is_named():
    with pytest.raises(FileNotFoundError, match="/no/such/program"):
        host().run(["/no/such/program"])


def test_who_is_killed_while_he_answers_holds_up_nobody():
    child = nslab.clone(lambda: b"x" * 50_000_000, stream=False)
    time.sleep(0.3)
    child.kill()
    assert nslab.clone(lambda: 7).result(30) == 7
    with pytest.raises(nslab.Left, match="SIGKILL"):
        child.result(30)


def test_an_answer_that_nobody_reads_yet_holds_up_nobody():
    """Of some size in this range the socket takes the answer, but not what the server says after it."""
    children = [nslab.clone(lambda n=n: b"x" * n, stream=False) for n in range(100_000, 300_000, 5_000)]
    assert nslab.clone(lambda: 7).result(30) == 7
    for n, child in zip(range(100_000, 300_000, 5_000), children, strict=True):
        assert len(child.result(30)) == n
        assert child.wait(30) == 0


def test_output_that_nobody_takes_any_more_is_read_on(monkeypatch):
    closed = io.StringIO()
    monkeypatch.setattr(sys, "stdout", closed)
    child = nslab.clone(lambda: (time.sleep(0.2), print("x" * 200_000))[0])
    closed.close()
    assert child.result(30) is None
    assert len(child.stdout) == 200_001


def test_who_is_killed_by_a_signal_without_a_name_is_told_by_its_number():
    child = nslab.clone(lambda: os.kill(os.getpid(), 35))
    with pytest.raises(nslab.Left, match="signal 35"):
        child.result()


def test_letters_arrive_whatever_the_locale_is():
    code = (
        "import nslab; nslab.clone(lambda: print('grüß')).result(10); print(nslab.lab.client.host.host().run('echo ü'))"
    )
    env = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=env, timeout=30)
    assert done.stdout.decode("latin-1") == "grüß\nü\n", done.stderr


@pytest.mark.any_user
@pytest.mark.long
def test_the_exception_of_another_signal_does_not_shift_the_answers():
    """Whoever is alarmed between a request and its answer loses the session, not the order of the answers."""

    class Alarm(Exception):
        pass

    def alarmed(*_):
        raise Alarm

    before = signal.signal(signal.SIGALRM, alarmed)
    hits = 0
    try:
        for step in range(150):
            # Slow machines are alarmed before setitimer() has returned, or on the way out.
            try:
                try:
                    signal.setitimer(signal.ITIMER_REAL, 0.0001 + 0.00002 * step)
                    nslab.clone(os.getpid, stream=False).result()
                    time.sleep(0.005)
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
            except (Alarm, RuntimeError, OSError):
                hits += 1
    finally:
        signal.signal(signal.SIGALRM, before)
    assert hits > 10
    for _ in range(5):
        child = nslab.clone(os.getpid, stream=False)
        assert child.result(30) == child.pid
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.long
def test_alive_and_kill_do_not_meet_a_descriptor_that_was_closed():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(100):
            child = nslab.clone(os.getpid)
            while child.alive:
                child.kill(0)
            child.wait(30)
    finally:
        sys.setswitchinterval(interval)


def test_what_became_importable_later_is_found(tmp_path, monkeypatch):
    nslab.clone(os.getpid).result()
    (tmp_path / "nslab_test_late.py").write_text("def answer():\n    return 42\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import nslab_test_late

    assert nslab.clone(nslab_test_late.answer).result() == 42
    # What is put in front is found first, as here.
    (tmp_path / "front").mkdir()
    (tmp_path / "front/nslab_test_late.py").write_text("def answer():\n    return 'front'\n")
    monkeypatch.syspath_prepend(str(tmp_path / "front"))
    assert nslab.clone(lambda: __import__("nslab_test_late").answer()).result() == "front"
    monkeypatch.setattr(sys, "path", sys.path[1:])
    assert nslab.clone(lambda: nslab_test_late.answer() + 1).result() == 43


def test_a_directory_that_is_gone_is_no_obstacle(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert nslab.clone(lambda: 7).result() == 7
    with nslab.Sandbox(uts=True) as box:
        assert box.run("echo in").stdout == "in\n"


def test_wait_with_timeout():
    with nslab.clone(lambda: time.sleep(1000)) as child:
        with pytest.raises(TimeoutError, match=r"still runs after 0\.05 s"):
            child.wait(0.05)
    assert not child.alive


def test_an_interrupt_kills_the_child():
    child = nslab.clone(lambda: time.sleep(1000))
    soon = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        # Within: on a busy machine it comes before the wait.
        soon.start() or child.wait()
    assert wait_until(lambda: not child.alive, 30)


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
    assert wait_until(lambda: all(map(operator.le, count(), before)), 30), (count(), before)


def test_no_descriptors_are_left_by_what_is_dropped_or_refused():
    first = nslab.clone(os.getppid).result()
    # With a map for others it is the second server that clones.
    second = nslab.clone(os.getppid, nslab.CLONE_NEWUSER, uid_map=[(0, os.getuid(), 1)]).result()
    assert process.children(host().keeper) == [first]

    def count():
        fds = [len(os.listdir(f"/proc/{pid}/fd")) for pid in ("self", first, second)]
        return fds + [len(process.children(server)) for server in (first, second)]

    def no_more():
        nslab.clone(os.getpid).wait()
        return all(map(operator.le, count(), before))

    nslab.clone(os.getpid).wait()
    time.sleep(0.2)
    before = count()
    for _ in range(20):
        nslab.clone(os.getpid, stream=False)
        with pytest.raises(OSError, match="uid_map"):
            nslab.clone(os.getpid, nslab.CLONE_NEWUSER, uid_map=[(0, 0, 1), (0, 0, 1)])
        with pytest.raises(TypeError, match="timeout='5'"):
            host().run("sleep 30", timeout="5")
    assert wait_until(no_more, 30), (count(), before)


def test_who_is_not_asked_for_any_more_works_on(tmp_path):
    def work():
        time.sleep(0.1)
        print("a line that nobody reads", flush=True)
        (tmp_path / "done").touch()

    nslab.clone(work, stream=False)
    assert wait_until((tmp_path / "done").exists, 30)


def test_a_signals_handler_may_use_the_handle():
    with nslab.clone(lambda: time.sleep(1000), stream=False) as child:
        seen = []
        before = signal.signal(signal.SIGALRM, lambda *_: (child.kill(0), seen.append(1)))
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.0005)
        try:
            while len(seen) < 200:
                assert child.alive
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


def test_what_is_no_text_in_the_path_is_passed_over_as_python_does(monkeypatch, tmp_path):
    nslab.clone(os.getpid).result()
    monkeypatch.setattr(sys, "path", [*sys.path, tmp_path])
    assert nslab.clone(lambda: 7).result() == 7


def test_more_descriptors_than_select_can_tell_apart():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 1200:
        pytest.skip("this machine allows no 1200 descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
    held = [os.open("/dev/null", os.O_RDONLY) for _ in range(1100)]
    try:
        assert nslab.clone(lambda: time.sleep(1000)).__enter__().alive
        with nslab.Sandbox(uts=True) as box:
            assert box.run("echo in").stdout == "in\n"
    finally:
        for fd in held:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_without_a_free_descriptor_it_says_so_and_leaves_none():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    nslab.clone(os.getpid).result()
    highest = max(map(int, os.listdir("/proc/self/fd")))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 4, hard))
    held = []
    try:
        for _ in range(highest):
            try:
                held.append(os.open("/dev/null", os.O_RDONLY))
            except OSError:
                break
        for _ in range(8):
            try:
                nslab.clone(os.getpid, stream=False).result()
            except OSError as e:
                assert e.errno == errno.EMFILE  # noqa: PT017
                os.close(held.pop())
            else:
                break
        else:
            pytest.fail("no number of free descriptors was enough")
    finally:
        for fd in held:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


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

    before = boottime()
    shifted = nslab.clone(boottime, nslab.CLONE_NEWTIME, boottime=5000.0).result()
    assert before < shifted - 5000 + 0.001
    assert shifted - 5000 - 0.001 < boottime()


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
        (lambda: nslab.clone(os.getpid, args="ab"), TypeError, "args='ab': give a list or tuple"),
        (lambda: nslab.clone(os.getpid, nslab.CloneFlag(1)), TypeError, "is not a CLONE_NEW"),
        (lambda: nslab.clone(os.getpid, uid_map=[(i, i, 1) for i in range(400)]), ValueError, "400 triples: give 340"),
        (lambda: nslab.clone(os.getpid).result(timeout="5"), TypeError, "timeout='5': give a number"),
        (lambda: nslab.clone(os.getpid).wait(float("nan")), ValueError, "timeout=nan"),
        (lambda: nslab.clone(os.getpid).kill("KILL"), ValueError, "sig='KILL': give a signal"),
        (lambda: nslab.Sandbox(uts=True, parent=5), TypeError, "parent=5: give a Sandbox"),
        (lambda: host().run([""]), ValueError, r"command=\[''\] is empty"),
        (lambda: host().run("a\0b"), ValueError, "has a null byte"),
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


_SETUID = """
import os, nslab
from nslab.lab.client.host import host
from nslab.linux import process
if {before}:
    first, box = nslab.clone(os.getuid).result(), nslab.Sandbox(uts=True, name="before-" + str(os.getpid()))
    old, server = host().keeper, os.getpid()
os.setgroups([]); os.setgid(1234); os.setuid(1234)
child = nslab.clone(os.getpid, nslab.CLONE_NEWUTS)
assert child.result() == child.pid and child.added == nslab.CLONE_NEWUSER, child.added
assert nslab.clone(os.getresuid).result() == (1234,) * 3
with nslab.Sandbox(uts=True, name="after-" + str(os.getpid())) as after:
    assert after.run("hostname mine && uname -n && id -u").stdout == "mine\\n0\\n"
    assert after.ns["uts"] in [n.inode for n in nslab.ns_map().types("uts")]
if {before}:
    assert first == 0 and not process.runs(old) and not process.runs(box.pid)
    try:
        box.run("true")
    except ProcessLookupError as e:
        assert "make a new one" in str(e)
    else:
        raise AssertionError("the sandbox of the user before still answers")
print("right")
"""


@pytest.mark.parametrize("before", [True, False])
def test_after_setuid_it_is_the_new_user_who_clones(as_root, before):
    if not as_root:
        pytest.skip("needs root, who alone may become somebody else")
    code = _SETUID.replace("{before}", str(before))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, cwd="/")
    assert done.stdout == "right\n", done.stderr
