"""What the lessons say of this machine's kernel and C library, beside what their cells get from it."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path
from unittest.mock import Mock

import pytest
from nbformat import read

import nslab
from nslab.container import images
from nslab.course import magics
from nslab.lab.client.host import host
from nslab.linux import capsets, ns
from nslab.linux.flags import FLAGS, CloneFlag
from nslab.security import seccomp

LESSONS = Path(__file__).resolve().parents[2] / "notebooks"
NUMBERS = sorted(path.name[:2] for path in LESSONS.glob("[0-9][0-9]-*.ipynb"))


def cell(lesson, name):
    """The source of the cell with that id, in the lesson with that number."""
    (path,) = LESSONS.glob(f"{lesson}-*.ipynb")
    return next(c.source for c in read(path, as_version=4).cells if c.id == name)


def minutes(lesson):
    """How long a lesson takes, as its first cell says."""
    (path,) = LESSONS.glob(f"{lesson}-*.ipynb")
    return int(re.search(r"\*\*(\d+) minutes\.\*\*", read(path, as_version=4).cells[0].source)[1])


def test_the_routes_of_lesson_00_take_what_they_say():
    routes = re.findall(r"\*\*(\d+) minutes\*\* are ((?:\d\d, )+\d\d)", cell("00", "start-here-18"))
    assert [int(time) for time, _ in routes] == [45, 90]
    for time, route in routes:
        assert int(time) - 10 <= sum(map(minutes, route.split(", "))) <= int(time)
    hours, rest = re.search(r"All of them are (\d+) h (\d+) min", cell("00", "start-here-18")).groups()
    assert sum(map(minutes, NUMBERS)) == int(hours) * 60 + int(rest)


@pytest.mark.parametrize("number", NUMBERS[1:])
def test_a_lesson_says_what_comes_before_it(number):
    (path,) = LESSONS.glob(f"{number}-*.ipynb")
    before = re.search(r"Before it: (.*)", read(path, as_version=4).cells[0].source)[1]
    links = re.findall(r"\]\(([^)]+)\)", before)
    assert links
    assert all((LESSONS / link).exists() and link < path.name for link in links if path.name[:2] != "09")


@pytest.mark.skipif(not shutil.which("strace") and not os.environ.get("CI"), reason="sudo apt-get install strace")
@pytest.mark.skipif(platform.machine() != "x86_64", reason="the table is of x86-64")
def test_the_flags_that_lesson_01_names_are_those_that_the_kernel_got(capsys):
    magic, _, program = cell("01", "clone-four").partition("\n")
    magics.c(magic.removeprefix("%%c"), program)
    said = capsys.readouterr().out.splitlines()
    rows = [line.split("|")[2] for line in cell("01", "clone-flags-read").splitlines() if line.startswith("| `")]
    assert len(said) == len(rows) == 4
    for line, row in zip(said, rows, strict=True):
        call, *flags = re.findall("`([^`]+)`", row)
        assert line.startswith(f"{call}(")
        # What x86-64 calls vfork() has no flags: the kernel adds them (kernel/fork.c).
        if call != "vfork":
            assert set(flags) <= set(re.findall(r"\w+", line)), line
    # Of these the table names all; of the thread's it says that there are more.
    assert re.search("flags=([^,]+),", said[0])[1].count("|") + 1 == 3


def test_a_time_namespace_is_not_to_be_had_by_the_old_clone(capsys):
    magics.c("", OLD_CLONE)
    assert capsys.readouterr().out == "the same namespace\nwait() -1, with __WALL the child\n"


OLD_CLONE = """
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    char before[64] = "", after[64] = "";
    readlink("/proc/self/ns/time", before, 63);
    int pid = syscall(SYS_clone, 0x80 | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
        readlink("/proc/self/ns/time", after, 63);
        puts(strcmp(before, after) ? "another namespace" : "the same namespace");
        return 0;
    }
    usleep(200000);
    int plain = wait(NULL);
    printf("wait() %d, with __WALL %s\\n", plain, waitpid(-1, NULL, __WALL) == pid ? "the child" : "nobody");
}
"""


def test_the_kernel_says_whether_it_was_built_with_user_namespaces():
    said = subprocess.run(["bash", "-c", cell("01", "clone-config").partition("\n")[2]], capture_output=True, text=True)
    assert re.search("^CONFIG_USER_NS=y$|built with it: /proc/self/ns/user$", said.stdout, re.MULTILINE), said
    assert f"max_user_namespaces: {Path('/proc/sys/user/max_user_namespaces').read_text()}" in said.stdout
    assert said.stdout.startswith(os.uname().release)


def run(lesson, name, capsys):
    """The lines that a cell prints, in Python or in the shell."""
    source = cell(lesson, name)
    if source.startswith("%%bash\n"):
        done = subprocess.run(["bash", "-c", source.partition("\n")[2]], capture_output=True, text=True, check=True)
        return done.stdout.splitlines()
    exec(compile(source, name, "exec"), {"__name__": "__main__"})
    return capsys.readouterr().out.splitlines()


def test_a_mount_of_mqueue_shows_the_namespace_of_who_mounted_it(capsys):
    old, own, first = run("03", "ipc-mqueue-run", capsys)
    assert old.endswith(": orders")
    assert own.endswith(": nothing")
    assert first.split(": ")[1].split() == ["orders", "refunds"]


def test_a_sender_outside_has_no_number_inside(capsys):
    inside, outside, ended = run("04", "pid-si", capsys)
    assert [inside.split()[-1], outside.split()[-1], ended] == ["2", "0", "exit status 0"]


def test_sys_shows_the_network_of_who_mounted_it(capsys):
    asked, old, *new = run("05", "net-sys-run", capsys)
    assert asked.split(":")[1].split() == ["lo"]
    assert set(old.split(":")[1].split()) == set(os.listdir("/sys/class/net"))
    # A mount that is refused prints to stderr, and nothing here.
    assert new[0].split(":")[1].split() in (["lo"], [])


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="a kernel with IPv6")
def test_the_other_end_of_a_wire_answers_by_an_address_that_nobody_gave(capsys):
    answer, address = run("05", "net-v6-run", capsys)
    assert answer.split()[3].removesuffix(":") == address.split()[2].removesuffix("/64") + "%here"
    assert address.split()[2].startswith("fe80::")


def test_a_uid_map_is_translated_for_who_reads_it(capsys):
    said = dict(line.replace(" ", "").split(":") for line in run("07", "user-reader-run", capsys))
    assert said == {
        "host": f"['20','{os.getuid()}','1']",
        "outer": "['20','10','1']",
        "inner": "['20','10','1']",
        "other": "['20','4294967295','1']",
    }


def test_root_may_map_a_second_range_and_nobody_else(capsys):
    (said,) = run("07", "user-ranges-run", capsys)
    if os.getuid() == 0:
        assert said == "uid 1000 inside is uid 100999 outside"
    else:
        assert said.startswith("[Errno 1] write(")
        assert said.endswith("Operation not permitted")


TYPES = [kind for kind in FLAGS if os.path.exists(f"/proc/self/ns/{kind}")]
"""Those that this kernel has; one without CONFIG_TIME_NS has seven."""


def test_lesson_00_reads_a_link_for_each_type_that_there_is(capsys):
    lines = [line.split() for line in run("00", "start-here-13", capsys)]
    assert {name for name, _ in lines if not name.endswith("_for_children")} == set(TYPES)
    assert run("00", "start-here-14", capsys) == [link for _, link in lines]


def test_what_is_new_in_the_first_sandbox_is_what_lesson_00_says():
    with nslab.Sandbox(uts=True, net=True) as box:
        new = {kind for kind in TYPES if box.ns[kind] != ns.inode(kind)}
    assert new == {"uts", "net"} if os.getuid() == 0 else {"uts", "net", "user"}


@pytest.mark.parametrize("kinds", [TYPES, [kind for kind in TYPES if kind != "time"]], ids=["as here", "without time"])
def test_lesson_01_asks_for_the_types_that_the_kernel_has(kinds, monkeypatch, capsys):
    there = os.path.exists
    monkeypatch.setattr(os.path, "exists", lambda path: there(path) and os.path.basename(path) in kinds)
    names = {"nslab": nslab, "os": os, "FLAGS": FLAGS}
    for name in ("clone-04", "clone-06"):
        exec(compile(cell("01", name), name, "exec"), names)
    monkeypatch.undo()
    for name in ("clone-10", "clone-22"):
        exec(compile(cell("01", name), name, "exec"), names)
    *each, together = capsys.readouterr().out.splitlines()
    assert [set(line.split(" new: ")[1].split()) - {"user"} for line in each] == [{kind} - {"user"} for kind in kinds]
    assert together.startswith(f"{len(kinds)} of {len(kinds)} new in ")


@pytest.mark.pure
def test_lesson_08_answers_its_guess_on_a_kernel_without_time_namespaces():
    guess = Mock()
    exec(compile(cell("08", "beyond-07"), "beyond-07", "exec"), {"evidence": None, "guess": guess})
    guess.reveal.assert_called_once_with(None, elsewhere="those two")
    # The cells that need one show a card there, and the next ones run.
    (path,) = LESSONS.glob("08-*.ipynb")
    of_time = [c for c in read(path, as_version=4).cells if re.search(r"\btime\.demo\(|\.CLONE_NEWTIME", c.source)]
    of_time = [c for c in of_time if c.cell_type == "code"]
    assert of_time[0].source.startswith("evidence = None\n")
    assert all("raises-exception" in c.metadata.get("tags", ()) for c in of_time)


RELEASE = re.compile(r"(?:systemd|[Dd]ocker|runc|crun|[Pp]odman|Kubernetes|glibc|Java|CRI-O|containerd)\b"
                     r"(?:(?!Linux)[^.;\n]){0,60}?\b(?:\d+\.\d+|\d+u\d+|2\d\d\b)")  # fmt: skip
SEEN = {"real-12"}
"""Cells that tell of releases which the reader's own cell has just shown."""


@pytest.mark.pure
@pytest.mark.parametrize("number", NUMBERS)
def test_what_a_release_of_another_project_does_has_its_source_beside_it(number):
    (path,) = LESSONS.glob(f"{number}-*.ipynb")
    for each in read(path, as_version=4).cells:
        for paragraph in re.split(r"\n\n|\n(?=- )", each.source) if each.cell_type == "markdown" else ():
            assert each.id in SEEN or not RELEASE.search(paragraph) or "](https://" in paragraph, paragraph


@pytest.mark.pure
def test_a_release_is_found_in_a_sentence():
    assert RELEASE.search("runc before 1.3.2 writes 39")
    assert RELEASE.search("systemd 258 has dropped v1")
    assert RELEASE.search("Java reads it since 8u191")
    assert not RELEASE.search("Podman mounts it itself since Linux 5.11")
    assert not RELEASE.search("Docker leaves 14 of 41")


def test_strict_mode_asks_for_no_promise_and_ends_by_sigkill(capsys):
    magics.c("", cell("17", "filter-17").partition("\n")[2])
    assert capsys.readouterr().out.split("\n")[:2] == ["may be", "getppid() was the end, by signal 9"]
    assert "NO_NEW_PRIVS" not in cell("17", "filter-17")


def test_what_lesson_17_says_of_the_control_is_in_its_table():
    told = {row.key: row.inside for row in seccomp.demo(only="errno").control}
    assert (told["errno"], told["child"], told["exec"], told["mode"]) == ("ok", "ok", 0, "0")


def test_the_row_that_lesson_18_points_at_is_that_of_the_chmod():
    (which,) = re.findall(r"the (\w+) one what a `chmod` costs", cell("18", "img-08"))
    row = images.demo(only="copy-up").rows[["first", "second", "third", "fourth"].index(which)]
    assert (row.key, row.host_before, row.host_after) == ("big-upper", 0, 4)


def test_a_layer_by_hand_takes_what_is_written(capsys):
    names, written, _, first, last, image = run("19", "box-15", capsys)
    assert (names, written, image) == ("by-hand", "written", "the image has no such file")
    assert [line.split()[1] for line in (first, last)] == ["sh", "ps"]


@pytest.mark.skipif(os.geteuid() != 0, reason="another uid of a user namespace is mapped by root alone")
def test_who_is_uid_0_no_longer_has_lost_what_that_gave():
    def leave():
        before = len(capsets.of().effective)
        os.setresuid(1000, 1000, 1000)
        return before, len(capsets.of().effective), len(capsets.of().permitted)

    before, *after = host().clone(leave, CloneFlag.CLONE_NEWUSER, uid_map=[(0, 0, 1), (1000, 100000, 1)]).result()
    assert before > 30
    assert after == [0, 0]
