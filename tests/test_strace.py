"""The record of system calls, held against what strace(1) saw: the same calls, as often, with the same results.

strace follows every process of a demo. What it sees and the record leaves out, on purpose:

- what a program does that an experiment starts (`grep`, `ping`, `nft`), from its execve() on, and how Python starts one
  (vfork): the experiment's call is the program, not what that does inside;
- Python's own threads (clone3 with CLONE_THREAD);
- a write() that is neither to /proc nor to a cgroup (answers, output, the record itself), and each openat() but one for
  such a write that was refused;
- a fork that its caller was killed in, or right after, by another process (of the fork bomb, or by its own child, whose
  SIGTERM may come before the parent is back from clone): it cannot tell of it;
- the keeper, which is above the fork server and cleans up after sessions that were killed.
"""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from nslab import security
from nslab.container import subjects
from nslab.namespaces import TYPES

pytestmark = pytest.mark.skipif(not shutil.which("strace"), reason="needs strace (apt-get install strace)")

CALLS = (
    "clone", "clone3", "fork", "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "sethostname",
    "setdomainname", "mq_open", "mq_unlink", "msgget", "msgctl", "semget", "semctl", "shmget", "shmctl", "kill",
    "tgkill", "pidfd_send_signal", "setresuid", "setgroups", "capset", "mknod", "clock_settime", "write",
)  # fmt: skip
ALSO = "vfork", "mknodat", "openat", "execve"
"""Seen by strace as well: other names for one of CALLS, what may fail before a write, and where a program begins."""
DEMO = """
import contextlib, importlib, json, os, sys, time
subject, options, markers, answers = sys.argv[1:]
import nslab
from nslab.experiment import run
from nslab.lab.client.host import host
host().load("nslab.experiment.evidence")  # by then both servers are there
demo = importlib.import_module(subject).demo
time.sleep(0.5)  # until the keeper has cleaned up
recording = run.recording

@contextlib.contextmanager
def marked():
    with recording() as record:
        os.write(marker, b"begins")
        yield record
        os.write(marker, b"ends")

marker = os.open(markers, os.O_WRONLY)
run.recording = marked
try:
    evidence = demo(**json.loads(options))
except nslab.Unsupported as e:
    sys.exit(f"UNSUPPORTED {e.line}")
with open(answers, "w") as f:
    calls = {name: [call._asdict() for call in getattr(evidence, name)] for name in ("syscalls", "plumbing")}
    json.dump({**calls, "failures": evidence.failures}, f)
"""
CGROUPS: dict[str, dict[str, object]] = {
    "cpu": {"only": "quota", "seconds": 1},
    "cpuacct": {"only": ["account", "v1"]},
    "cpuset": {},
    "memory": {"only": ["limit", "reclaim"]},
    "pids": {},
    "freezer": {},
    "devices": {},
    "blkio": {"only": "operations", "seconds": 2},
    "hugetlb": {},
    "net_cls": {},
    "net_prio": {},
    "perf_event": {"only": "faults"},
    "rules": {},
    "hierarchy": {},
}
"""Each with the options that keep it short: what is measured for longer makes no other calls."""
SUBJECTS: dict[str, dict[str, object]] = {
    **{f"nslab.namespaces.{name}": {} for name in TYPES},
    **{f"nslab.cgroups.{name}": options for name, options in CGROUPS.items()},
    **{f"nslab.security.{name}": {} for name in security.DEMOS},
    **{f"nslab.container.{name}": {} for name in subjects.DEMOS},
}


KILLED = "killed"
"""Stands in place of a call for the end of a process by a signal."""


class Call(NamedTuple):
    """What the record and strace have in common of one call."""

    name: str
    args: tuple[str, ...]
    result: str


class Line(NamedTuple):
    """One call as strace writes it."""

    pid: int
    name: str
    args: list[str]
    result: str


@pytest.mark.pure
def test_the_parser_joins_what_strace_tears_apart() -> None:
    text = (
        '7 clone3({flags=CLONE_NEWUTS, exit_signal=SIGCHLD}, 64 <unfinished ...>\n8 chroot("/a, b") = -1 EPERM (No)\n'
    )
    lines = list(parsed(text + "7 <... clone3 resumed> => {parent_tid=[0]}) = 9\n"))
    assert lines == [
        Line(8, "chroot", ['"/a, b"'], "-1 EPERM"),
        Line(7, "clone3", ["{flags=CLONE_NEWUTS, exit_signal=SIGCHLD}", "64"], "9"),
    ]


def _of(subject: str):
    """An ordinary user's record of cgroups is root's; his namespaces come with a user namespace."""
    return pytest.param(subject, marks=pytest.mark.any_user if subject.startswith("nslab.cgroups.") else ())


@pytest.mark.long
@pytest.mark.parametrize("subject", map(_of, SUBJECTS))
def test_the_record_has_what_strace_saw(subject: str, tmp_path: Path) -> None:
    compare(subject, SUBJECTS[subject], tmp_path)


def compare(subject: str, options: dict[str, object], directory: Path) -> None:
    script, markers, answers, log = (directory / name for name in ("demo.py", "markers", "answers", "strace"))
    script.write_text(DEMO)
    markers.touch()
    strace = ["strace", "-f", "-q", "-y", "-s", "4096", "-e", "signal=!SIGCHLD"]
    strace += ["-e", f"trace={','.join([*CALLS, *ALSO])}"]
    run = [sys.executable, str(script), subject, json.dumps(options), str(markers), str(answers)]
    ran = subprocess.run([*strace, "-o", str(log), *run], capture_output=True, text=True, timeout=600)
    if "UNSUPPORTED" in ran.stderr:
        pytest.skip(ran.stderr.partition("UNSUPPORTED ")[2])
    assert ran.returncode == 0, ran.stderr
    noted = json.loads(answers.read_text())
    if subject.startswith("nslab.namespaces."):
        assert noted["failures"] == [], "it holds for processes that are traced, too"
    recorded = Counter(found for call in noted["syscalls"] + noted["plumbing"] for found in from_record(call))
    lines = list(parsed(log.read_text(errors="replace")))
    torn = cut_off(lines)
    seen = Counter(from_strace(lines, str(markers)))
    told = Counter(from_strace([line for at, line in enumerate(lines) if at not in torn], str(markers)))
    assert recorded
    assert shown(told - recorded) == [], "strace saw these, the record has not got them"
    assert shown(recorded - seen) == [], "the record has these, strace did not see them"


def shown(calls: Counter[Call]) -> list[str]:
    return [f"{count} × {c.name}({', '.join(c.args)}) = {c.result}" for c, count in sorted(calls.items())]


# -- the record ----------------------------------------------------------------------------------------


def from_record(call: dict[str, object]) -> Iterator[Call]:
    name, args = str(call["name"]), [str(arg) for arg in call["args"]]  # type: ignore[attr-defined]
    result = f"-1 {call['errno']}" if call["errno"] else str(call["result"])
    if name == "write":
        path, text = args
        yield Call("write", (where(path.strip('"')), text), result)
    elif name == "openat":
        yield Call(name, (where(args[1].strip('"')),), result)
    elif name in CALLS:
        yield common(name, args, result)


# -- strace ----------------------------------------------------------------------------------------------------


def parsed(text: str) -> Iterator[Line]:
    """The calls in strace's output, each where it ends, with the parts put together that others came between."""
    begun: dict[str, str] = {}
    for line in text.splitlines():
        pid, _, rest = line.partition(" ")
        rest = rest.lstrip()
        if rest.endswith("<unfinished ...>"):
            begun[pid] = rest.removesuffix("<unfinished ...>").rstrip()
            continue
        if resumed := re.match(r"<\.\.\. \w+ resumed>", rest):
            rest = begun.pop(pid, "") + rest[resumed.end() :]
        if "= ? ERESTART" in rest:
            continue  # the kernel makes the call again by itself, and its caller sees one
        if whole := re.fullmatch(r"(\w+)\((.*)\)\s+= (-1 [A-Z0-9]+|\?|-?\w+)(?:<.*>)?(?: .*)?", rest):
            yield Line(int(pid), whole[1], split(re.sub(r" => \{.*", "", whole[2])), whole[3])
        elif rest.startswith("+++ killed by SIG"):
            yield Line(int(pid), KILLED, [], "")
    for pid, rest in begun.items():
        name, _, args = rest.partition("(")
        yield Line(int(pid), name, split(args), "?")


def split(args: str) -> list[str]:
    """The arguments, parted at commas that are neither in quotes nor in brackets."""
    found, depth, quoted, escaped = [""], 0, False, False
    for c in args:
        if quoted:
            quoted, escaped = c != '"' or escaped, c == "\\" and not escaped
        elif c == '"':
            quoted = True
        elif c in "([{<":
            depth += 1
        elif c in ")]}>":
            depth -= 1
        elif c == "," and depth == 0:
            found.append("")
            continue
        found[-1] += c
    return [each.strip() for each in found if each.strip()]


def from_strace(lines: list[Line], markers: str) -> Iterator[Call]:
    """The calls between the two marks, but for those of programs and threads."""
    marks = [at for at, line in enumerate(lines) if line.name == "write" and f"<{markers}>" in line.args[0]]
    assert len(marks) == 2
    programs: set[int] = set()
    for line in lines[: marks[1]]:
        if line.name in ("clone", "clone3", "fork", "vfork") and line.pid in programs and line.result.isdigit():
            programs.add(int(line.result))
    for line in lines[marks[0] + 1 : marks[1]]:
        if line.name == "execve" and line.result == "0":
            programs.add(line.pid)
        if line.name in ("clone", "clone3", "vfork") and line.pid in programs and line.result.isdigit():
            programs.add(int(line.result))
        if line.pid in programs or line.name in ("execve", "vfork"):
            continue
        if any("CLONE_THREAD" in arg or "CLONE_VFORK" in arg for arg in line.args):
            continue
        if line.name == "write":
            path = line.args[0].partition("<")[2].removesuffix(">")
            if is_kernels(path):
                yield Call("write", (where(path), line.args[1]), line.result)
        elif line.name == "openat":
            path = line.args[1].strip('"')
            if line.result.startswith("-1") and "O_WRONLY" in line.args[2] and is_kernels(path):
                yield Call("openat", (where(path),), line.result)
        elif line.name in (*CALLS, *ALSO):
            yield common(line.name, line.args, line.result)


def cut_off(lines: list[Line]) -> set[int]:
    """Where the forks are that were the last thing a process did before it was killed."""
    last: dict[int, int] = {}
    found = set()
    for at, line in enumerate(lines):
        if line.name in ("clone", "clone3") and line.result == "?":
            found.add(at)
        elif line.name == KILLED and line.pid in last and lines[last[line.pid]].name in ("clone", "clone3"):
            found.add(last[line.pid])
        elif line.name in CALLS and not (line.name == "write" and "nslab-record" in line.args[0]):
            last[line.pid] = at
    return found


def is_kernels(path: str) -> bool:
    """Whether it is a file of /proc or of a cgroup, wherever that is mounted."""
    return path.startswith(("/proc/", "/sys/fs/cgroup/")) or bool(SESSION.search(path))


def where(path: str) -> str:
    """A path that is the same for both: strace tells what "self" was, and knows no mounts of other namespaces."""
    if "/cgroup/" in path or SESSION.search(path) or "/root/" in path:
        return "/".join(path.split("/")[-2:])
    return re.sub(r"^/proc/(self|\d+)/", "/proc/PID/", path)


# -- what both have in common ----------------------------------------------------------------------------------

SESSION = re.compile(r"/nslab-\d+(-\d+){2,3}/")
"""The directory of a session in a hierarchy, wherever that is mounted."""
NUMBER = re.compile(r"-?(0x[0-9a-f]+|\d+)")


def common(name: str, args: list[str], result: str) -> Call:
    """One call in the words that both have."""
    if name == "mknodat":
        name, args = "mknod", args[1:]
    # A signal may end its sender's pid namespace, and the sender before it could tell the result.
    ok = result if result.startswith("-1") else "ok"
    if name in ("clone", "clone3", "fork"):
        flags = re.search(r"flags=([\w|]+)", " ".join(args))
        return Call(name, ("|".join(flag_set(flags[1] if flags else args[0])),), result)
    if name == "setns":
        return Call(name, (number(args[0]), *flag_set(args[1])), ok)
    if name in ("unshare", "umount2"):
        return Call(name, (*args[:-1], *flag_set(args[-1])), ok)
    if name == "mount":
        return Call(name, (*args[:3], "|".join(flag_set(args[3])), args[4]), ok)
    if name in ("mq_open", "mq_unlink"):
        return Call(name, (args[0].replace('"/', '"'), *flag_set("|".join(args[1:2]))), ok)
    if name in ("msgget", "semget", "shmget"):
        return Call(name, (number(args[0]), *args[1:-1], *flag_set(args[-1])), result)
    if name in ("msgctl", "semctl", "shmctl"):
        return Call(name, (args[0], "IPC_RMID" if "IPC_RMID" in args else args[1]), ok)
    if name == "pidfd_send_signal":
        return Call(name, (number(args[0]), args[1]), ok)
    if name == "mknod":
        numbers = "".join(NUMBER.sub(lambda n: str(int(n[0], 0)), arg) for arg in args[2:3])
        return Call(name, (args[0], *flag_set(args[1]), numbers), ok)
    if name == "capset":
        return Call(name, tuple(map(capabilities, re.findall(r"\w+=([^,}]+)", args[1]))), ok)
    if name == "clock_settime":
        return Call(name, (args[0],), ok)
    return Call(name, tuple(args), ok)


def flag_set(flags: str) -> list[str]:
    """The flags in one order; none is what both write as 0."""
    return sorted(flag for flag in flags.split("|") if flag.strip("0"))


def number(arg: str) -> str:
    """The number of a descriptor or a key, without the path that strace adds."""
    bare = arg.partition("<")[0]
    return str(int(bare, 0)) if NUMBER.fullmatch(bare) else bare


def capabilities(which: str) -> str:
    """How many capabilities there are in a set, which strace writes as names and the record as a number."""
    return str(int(which, 16).bit_count() if which.startswith("0x") else which.count("CAP_"))
