"""nslab.Container: what is run, how it ends, its limits, and that nothing of it is left."""

from __future__ import annotations

import os
import re
import signal
import struct
import subprocess
import sys

import pytest

import nslab
from nslab.container.container import Container
from nslab.lab.upkeep.cgroup_cleanup import wait_until
from nslab.linux import cgroupfs, mountinfo, process
from tests.container.conftest import without


def test_it_runs_and_says_how_it_ended(root):
    done = Container(root).run(["/bin/sh", "-c", "echo out; echo err >&2; exit 7"])
    assert (done.stdout, done.stderr, done.status) == ("out\n", "err\n", 7)
    # The first process of a pid namespace takes no signal from inside that would end it (pid_namespaces(7)).
    assert Container(root).run(["/bin/sh", "-c", "kill -KILL $$; echo still here"]).stdout == "still here\n"


def test_a_signal_without_a_handler_does_not_end_the_first_process_but_with_an_init_the_command(root):
    script = ["/bin/sh", "-c", "kill -TERM $$; echo still here"]
    assert Container(root).run(script).stdout == "still here\n"
    assert Container(root, init=True).run(script).status == 128 + signal.SIGTERM


def test_an_init_reaps_what_others_leave(root):
    # On a busy machine it takes longer until it has ended, and until it is reaped.
    orphan = (
        "(sleep 0.1 & ) ; sleep 0.5; n=100; z=1; while [ $z != 0 ] && [ $n != 0 ]; do "
        "z=$(ps -e -o stat= | grep -c Z); n=$((n - 1)); sleep 0.02; done; echo $z"
    )
    assert Container(root, init=True).run(["/bin/sh", "-c", orphan], timeout=60).stdout.strip() == "0"


def test_what_is_written_is_gone_unless_it_is_kept(root, tmp_path):
    write = ["/bin/sh", "-c", "echo x >/written; cat /written"]
    assert Container(root).run(write).stdout == "x\n"
    assert not os.path.exists(f"{root}/written")
    subprocess.run(["cp", "-a", root, tmp_path / "kept"], check=True)
    Container(tmp_path / "kept", keep=True).run(write)
    assert (tmp_path / "kept" / "written").read_text() == "x\n"


def test_layers_lie_over_one_another(root, tmp_path):
    for name, text in (("low", "low\n"), ("high", "high\n")):
        (tmp_path / name / "etc").mkdir(parents=True)
        (tmp_path / name / "etc" / "layer").write_text(text)
        (tmp_path / name / "etc" / f"of-{name}").write_text(text)
    layers = [str(tmp_path / "low"), str(tmp_path / "high")]
    done = Container(root, layers=layers).run(["/bin/sh", "-c", "cat /etc/layer; ls /etc/of-* | wc -l"])
    assert done.stdout == "high\n2\n"


def test_a_read_only_root_is_written_nowhere(root):
    done = Container(root, readonly=True).run(
        ["/bin/sh", "-c", "touch /x /etc/x; echo y >/dev/shm/y && cat /dev/shm/y"]
    )
    assert done.stdout == "y\n"
    assert done.stderr.count("Read-only file system") == 2


def test_capabilities_as_asked_for(root):
    ask = ["/bin/sh", "-c", "grep CapEff /proc/self/status | cut -f2; grep CapBnd /proc/self/status | cut -f2"]
    assert (
        Container(root, capabilities=["net_bind_service", "CAP_SETPCAP"]).run(ask).stdout.split()
        == [f"{1 << 10 | 1 << 8:016x}"] * 2
    )
    assert Container(root, capabilities=[]).run(ask).stdout.split() == ["0" * 16] * 2


def test_a_filter_as_asked_for(root):
    answers = ["/bin/sh", "-c", "mkdir /a; echo $?; rmdir /a; echo $?"]
    assert Container(root, seccomp={"mkdir": "EPERM", "mkdirat": "EPERM"}).run(answers).stdout.split()[0] == "1"
    killed = Container(root, seccomp={"mkdir": "kill", "mkdirat": "kill"}).run(["/bin/mkdir", "/a"])
    assert killed.status == -signal.SIGSYS
    unfiltered = Container(root, seccomp=False).run(["/bin/grep", "Seccomp:", "/proc/self/status"])
    assert unfiltered.stdout.split() == ["Seccomp:", "0"]


def test_another_user_has_no_capabilities(root, as_root):
    if not as_root:
        pytest.skip("an ordinary user has one id inside, and so is nobody else there")
    ask = ["/bin/sh", "-c", "id -u; id -g; grep CapEff /proc/self/status | cut -f2; touch /x || echo no"]
    assert Container(root, user=65534).run(ask).stdout.split() == ["65534", "65534", "0" * 16, "no"]


def test_limits_of_a_cgroup(root):
    without("memory", "pids")
    held = Container(root, memory_max="32M", swap_max=0, pids_max=6)
    many = held.run(["/bin/sh", "-c", "for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait"], timeout=30)
    assert "Cannot fork" in many.stderr
    eats = "x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done"
    assert held.run(["/bin/sh", "-c", eats], timeout=60).status == -signal.SIGKILL


def test_the_hosts_network_where_it_is_asked_for(root):
    ask = ["/bin/sh", "-c", "readlink /proc/self/ns/net"]
    assert Container(root, network="host").run(ask).stdout.strip() == os.readlink("/proc/self/ns/net")
    assert Container(root).run(ask).stdout.strip() != os.readlink("/proc/self/ns/net")


def test_all_that_it_started_ends_with_it_and_nothing_is_left(root):
    mounts = [each.point for each in mountinfo.mounts()]
    line = f"sleep 300.{os.getpid()}"
    with pytest.raises(TimeoutError):
        Container(root).run(["/bin/sh", "-c", f"{line} & {line}"], timeout=0.5)
    assert [each.point for each in mountinfo.mounts()] == mounts
    assert not running(line)


KILLED = """
import sys, nslab
from nslab.container.container import Container
limits = {{"pids_max": 20}} if {grouped} else {{}}
with Container(sys.argv[1], **limits).start(["/bin/sleep", sys.argv[2]], stream=False):
    print("runs", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("grouped", [False, True])
def test_kill_9_leaves_nothing(root, grouped):
    if grouped:
        without("pids")
    seconds = f"300.{os.getpid()}"
    program = subprocess.Popen([sys.executable, "-c", KILLED.format(grouped=grouped), root, seconds],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert program.stdout.readline() == "runs\n"
    assert wait_until(lambda: running(f"/bin/sleep {seconds}"), 30)
    (pid,) = running(f"/bin/sleep {seconds}")
    groups = [point + cgroupfs.paths(pid)[hierarchy] for hierarchy, point in cgroupfs.mount_points().items()]
    program.kill()
    program.communicate()
    assert wait_until(lambda: not running(f"/bin/sleep {seconds}"), 30)
    ours = [each for each in groups if re.search(r"/nslab-\d+-\d+-", each)]
    assert bool(ours) == grouped
    assert wait_until(lambda: not any(map(os.path.isdir, ours)), 30)


def running(line):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if " ".join(process.arguments(pid)) == line and process.runs(pid):
                found.append(int(pid))
        except OSError:
            continue
    return found


@pytest.mark.parametrize(("options", "args", "error", "said"), [
    ({}, "sh", TypeError, "args='sh': give a list of strings"),
    ({}, [], ValueError, r"args=\[\]: give a command"),
    ({"hostname": "a b"}, ["true"], ValueError, "hostname='a b': give 1 to 64 letters"),
    ({"hostname": "x" * 65}, ["true"], ValueError, "give 1 to 64 letters"),
    ({"hostname": ""}, ["true"], ValueError, "hostname='': give 1 to 64 letters"),
    ({"memory_max": 1}, ["true"], ValueError, "memory_max=1: give 4 KiB to"),
    ({"pids_max": -1}, ["true"], ValueError, "pids_max=-1"),
    ({"quota": 0}, ["true"], ValueError, "quota=0: give a number from 1"),
    ({"cpus": "0-4096"}, ["true"], ValueError, "cpus='0-4096'"),
    ({"limits": {"nofile": -1}}, ["true"], ValueError, "limits, nofile=-1"),
    ({"user": 2**32}, ["true"], ValueError, "user=4294967296: give a number from 0 to"),
    ({"memory_max": "64X"}, ["true"], ValueError, "memory_max='64X'"),
    ({"capabilities": ["CAP_FLY"]}, ["true"], ValueError, "there is no capability CAP_FLY"),
    ({"capabilities": "CAP_CHOWN"}, ["true"], TypeError, "capabilities='CAP_CHOWN': give a list"),
    ({"seccomp": {"mkdir": "EWHAT"}}, ["true"], ValueError, "action='EWHAT': give one of kill"),
    ({"seccomp": {"fly": "EPERM"}}, ["true"], ValueError, "'fly' is no system call"),
    ({"seccomp": 3}, ["true"], TypeError, "seccomp=3: give True, False"),
    ({"network": "bridge"}, ["true"], ValueError, "network='bridge': choose one of none, host, veth"),
    ({"volumes": {"/nowhere/at/all": "/x"}}, ["true"], FileNotFoundError, "'/nowhere/at/all' is not there"),
    ({"volumes": {"/etc": "../x"}}, ["true"], ValueError, "give a whole path inside"),
    ({"limits": {"files": 3}}, ["true"], ValueError, "limits='files': choose one of"),
    ({"oom_score_adj": 5000}, ["true"], ValueError, "oom_score_adj=5000: give a number from -1000 to 1000"),
    ({"workdir": "srv"}, ["true"], ValueError, "workdir='srv': give a whole path"),
    ({"user": -1}, ["true"], ValueError, "user=-1"),
    ({"flavour": "mint"}, ["true"], TypeError, "flavour='mint': there is no such option; choose from layers"),
    ({"env": {"A=B": "x"}}, ["true"], ValueError, "env: 'A=B'='x'"),
])  # fmt: skip
def test_bad_input_is_named_before_anything_is_made(root, options, args, error, said):
    with pytest.raises(error, match=said):
        Container(root, **options).run(args)


def test_a_rootfs_that_is_none(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="there is no such directory"):
        Container(tmp_path / "nothing")
    with pytest.raises(NotADirectoryError, match="is no directory"):
        Container(tmp_path / "file")
    with pytest.raises(ValueError, match="is empty"):
        Container(tmp_path / "empty")


def foreign(directory):
    """A program of a machine that this one is not: an ELF header alone, for IBM's S/390 (elf(5), e_machine)."""
    path = directory / "other"
    header = struct.pack("<4s5B7xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 0, 2, 22, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    path.write_bytes(header + bytes(64))
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(("options", "args", "status", "said"), [
    ([], ["no-such-program"], 127, "nslab run: no-such-program: there is no such program in the rootfs"),
    ([], ["/etc/passwd"], 126, "nslab run: /etc/passwd: it may not be executed"),
    (["--volume", "FOREIGN:/bin/other"], ["/bin/other"], 126, "run: /bin/other: it is no program of this machine"),
    (["--workdir", "/etc/passwd"], ["true"], 126, "nslab run: /etc/passwd: it is to be the working directory"),
    (["--pids-max", "-1"], ["true"], 2, "Error: pids_max=-1"),
    (["--quota", "0"], ["true"], 2, "Error: quota=0.0: give a number from 1"),
    (["--net", "bridge"], ["true"], 2, "'bridge' is not one of 'none', 'veth', 'host'"),
])  # fmt: skip
def test_the_command_says_in_a_sentence_what_is_wrong(root, tmp_path, options, args, status, said):
    before = [each.point for each in mountinfo.mounts()]
    given = [each.replace("FOREIGN", foreign(tmp_path)) for each in options]
    done = subprocess.run([sys.executable, "-m", "nslab", "run", *given, root, *args], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60)  # fmt: skip
    assert (done.returncode, said in done.stderr) == (status, True), done
    assert "Traceback" not in done.stderr
    assert [each.point for each in mountinfo.mounts()] == before


def test_a_command_that_cannot_be_started(root, tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no such program in the rootfs"):
        Container(root).run(["no-such-program"])
    with pytest.raises(OSError, match="no program of this machine: another architecture's"):
        Container(root, volumes={foreign(tmp_path): "/bin/other"}).run(["/bin/other"])
    with pytest.raises(PermissionError, match="it may not be executed"):
        Container(root).run(["/etc/passwd"])


def test_what_nslab_has_of_it():
    assert nslab.Container is Container
