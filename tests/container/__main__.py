"""Ask our container, runc's and crun's the same, and write the table of docs/container.md.

`python -m tests.container`
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from nslab.container import profile, rootfs
from nslab.container.container import Container
from tests.container.behaviours import ROWS
from tests.container.test_ways_out import ALL

PAGE = Path(__file__).parents[2] / "docs" / "container.md"
BEGIN, END = "<!-- measured: -->", "<!-- end -->"
SECONDS = 30
RUNTIMES = ("runc", "crun")
ANSWERS = "answers: "
THERE = ("tests/v2/boot.sh", "tests/container/there.py", "-s", "-p", "no:cacheprovider")
"""What asks a runtime in a kernel with cgroup v2 alone."""
Ask = Callable[[str], str]


def main() -> None:
    top = Path(tempfile.mkdtemp(prefix="nslab-container-"))
    try:
        prepare(top)
        asked: dict[str, Ask] = {"nslab": ours(top)}
        elsewhere, refused = {}, []
        for name in filter(shutil.which, RUNTIMES):
            ask = theirs(name, top)
            if (said := ask("echo runs")) == "runs":
                asked[name] = ask
            else:
                elsewhere[name] = subprocess.Popen([*THERE, "-k", name], cwd=PAGE.parents[1], text=True,
                                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)  # fmt: skip
                refused.append(f"{version(name)} does not run on this machine itself: {said}. It was asked in "
                               "user-mode Linux, with cgroup v2 alone.")  # fmt: skip
        for name, kernel in elsewhere.items():
            asked[name] = there(kernel)
        table = [*lines(asked), "", *refused, "", *keeps_in()]
    finally:
        shutil.rmtree(top)
    text = PAGE.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}\n\n" + "\n".join(table) + f"\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    print(f"Written: {PAGE}")


def prepare(top: Path) -> None:
    """A root file system, and what the volumes show."""
    rootfs.make(top / "rootfs")
    for name, file, text in (("data", "data/file", "from outside\n"), ("ro", "", ""), ("", "one", "one file\n")):
        (top / name).mkdir(exist_ok=True)
        if file:
            (top / file).write_text(text)


def there(kernel: subprocess.Popen[str]) -> Ask:
    """What it answered in the second kernel, all at once."""
    said = kernel.communicate()[0]
    answers = next((line for line in said.splitlines() if line.startswith(ANSWERS)), None)
    if answers is None:
        raise RuntimeError(f"the second kernel gave no answers: {said[-2000:]}")
    found: dict[str, str] = json.loads(answers.removeprefix(ANSWERS))
    return found.__getitem__


def lines(asked: dict[str, Ask]):
    """The table: a row for each question, with what differs from what is wanted."""
    yield f"{time.strftime('%Y-%m-%d')}, Linux {os.uname().release}; {', '.join(map(version, asked))}."
    yield ""
    yield f"| what | {' | '.join(asked)} | where they differ |"
    yield "|---" * (len(asked) + 2) + "|"
    room = ""
    for row in ROWS:
        if row.room != room:
            room = row.room
            yield f"| **{room}** |{' |' * (len(asked) + 1)}"
        said = {name: ask(row.ask) for name, ask in asked.items()}
        marks = [shown(each, row.wanted) for each in said.values()]
        yield f"| {row.what} | {' | '.join(marks)} | {row.why if len(set(marks)) > 1 else ''} |"


def keeps_in():
    """What is tried by tests/container/test_ways_out.py, and what stops it."""
    yield "## What keeps it in"
    yield ""
    yield "| a way out | what stops it |"
    yield "|---|---|"
    yield from (f"| {way.name} | {way.stopped} |" for way in ALL)


def shown(said: str, wanted: str) -> str:
    """A tick where it is as wanted, else what was said."""
    if re.fullmatch(wanted, said):
        return "✓"
    return "`" + (said.splitlines() or ["nothing"])[0].replace("|", "\\|")[:40] + "`"


def version(name: str) -> str:
    if name == "nslab":
        return name
    return subprocess.run([name, "--version"], capture_output=True, text=True).stdout.splitlines()[0]


def ours(top: Path) -> Ask:
    container = Container(
        top / "rootfs", hostname="box", env={"GIVEN": "this"}, limits={"nofile": 512}, oom_score_adj=500,
        volumes={str(top / "data"): "/data", str(top / "ro"): "/ro:ro", str(top / "one"): "/etc/one:ro"},
    )  # fmt: skip
    return lambda script: container.run(["/bin/sh", "-c", script], timeout=SECONDS).stdout.rstrip("\n")


def theirs(runtime: str, top: Path) -> Ask:
    """A bundle as near to it as the specification has words for; a copy of the rootfs, since they write to it."""
    bundle = top / runtime
    bundle.mkdir()
    shutil.copytree(top / "rootfs", bundle / "rootfs", symlinks=True)

    def ask(script: str) -> str:
        (bundle / "config.json").write_text(json.dumps(config(top, script)))
        name = f"nslab-{runtime}-{os.getpid()}"
        try:
            done = subprocess.run([runtime, "run", name], cwd=bundle, capture_output=True, text=True, timeout=SECONDS,
                                  stdin=subprocess.DEVNULL)  # fmt: skip
        finally:
            subprocess.run([runtime, "delete", "-f", name], capture_output=True)
        if done.returncode and not done.stdout:
            return done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"status {done.returncode}"
        return done.stdout.rstrip("\n")

    return ask


def config(top: Path, script: str) -> dict:
    names = sorted(profile.CAPABILITIES)
    hard = ["nosuid", "noexec", "nodev"]
    bind = ["rbind", "rprivate"]
    return {
        "ociVersion": "1.0.2", "hostname": "box", "root": {"path": "rootfs"},
        "process": {
            "args": ["/bin/sh", "-c", script], "cwd": "/", "user": {"uid": 0, "gid": 0}, "noNewPrivileges": True,
            "env": [*(f"{name}={text}" for name, text in profile.ENVIRONMENT.items()), "GIVEN=this"],
            "capabilities": dict.fromkeys(("bounding", "permitted", "effective"), names),
            "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 512, "soft": 512}], "oomScoreAdj": 500,
        },
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc", "options": hard},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
             "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": [*hard, "mode=1777"]},
            {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": hard},
            {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": [*hard, "ro"]},
            {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": [*hard, "ro"]},
            {"destination": "/data", "type": "bind", "source": str(top / "data"), "options": [*bind, "rw"]},
            {"destination": "/ro", "type": "bind", "source": str(top / "ro"), "options": [*bind, "ro"]},
            {"destination": "/etc/one", "type": "bind", "source": str(top / "one"), "options": [*bind, "ro"]},
        ],
        "linux": {
            "namespaces": [{"type": each} for each in ("pid", "network", "ipc", "uts", "mount", "cgroup")],
            "maskedPaths": list(profile.MASKED), "readonlyPaths": list(profile.READ_ONLY),
            "resources": {"devices": [{"allow": False, "access": "rwm"}]},
        },
    }  # fmt: skip


if __name__ == "__main__":
    main()
