"""nslab.clone() called in a real Jupyter kernel with matplotlib and 300 MB, against unshare(1).

First as a notebook begins, with a function of Python's own; then with one that a cell has defined, after a demo has
run: the fork server must not carry what these two need.
"""

from __future__ import annotations

import json
from typing import Any

from jupyter_client.manager import start_new_kernel

from bench.side_by_side import ratio, result

IN_THE_KERNEL = """
import json, os, subprocess, time
import matplotlib.pyplot
import nslab
from bench.side_by_side import ROUNDS, medians
from nslab.namespaces import uts

ballast = bytearray(os.urandom(1 << 20) * 300)
resident = int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
assert resident > 300 * 1000 * 1000, resident
user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
every = [flag for name, flag in nslab.CloneFlag.__members__.items()]

def both(function):
    return [
        medians(lambda: nslab.clone(function, nslab.CLONE_NEWUTS).wait(),
                lambda: subprocess.run(["unshare", *user, "--uts", "true"], check=True)),
        medians(lambda: nslab.clone(function, *every).wait(),
                lambda: subprocess.run(["unshare", "--user", "--map-root-user", "--mount", "--uts", "--ipc", "--net",
                                        "--pid", "--fork", "--cgroup", "--time", "true"], check=True)),
    ]

def helps():
    return os.getpid()

def of_a_cell():
    return helps() + 1

def faults_of_children():
    return int(open(f"/proc/{server}/stat").read().rpartition(")")[2].split()[8])

found = both(os.getpid)
uts.demo()
found += both(of_a_cell)
server = nslab.clone(os.getppid).result()
time.sleep(0.5)
before = faults_of_children()
for _ in range(ROUNDS):
    nslab.clone(of_a_cell, nslab.CLONE_NEWUTS).wait()
print("RESULT" + json.dumps([found, (faults_of_children() - before) / ROUNDS]))
"""
FAULTS = 220
"""Page faults of a child, each a page to be copied or mapped. Unlike times they are the same on a busy machine."""


def _text(content: dict[str, Any]) -> str:
    return content.get("text", "") or "\n".join(content.get("traceback", []))


def measure() -> list[dict[str, Any]]:
    manager, client = start_new_kernel(kernel_name="python3")
    printed: list[str] = []
    try:
        reply = client.execute_interactive(
            IN_THE_KERNEL, timeout=300,
            output_hook=lambda m: printed.append(_text(m["content"])),
        )  # fmt: skip
        if reply["content"]["status"] != "ok":
            raise RuntimeError("".join(printed))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    (uts, all8, cell_uts, cell_all8), faults = json.loads("".join(printed).partition("RESULT")[2])
    late = "of a function of a cell, after a demo"
    return [
        ratio("clone(NEWUTS) in a Jupyter kernel of 300 MB / unshare --uts true", *uts, bound=1.0),
        ratio("clone(all eight) in that kernel / unshare with all eight, true", *all8, bound=1.0),
        ratio(f"clone(NEWUTS) {late} / unshare", *cell_uts, bound=1.0),
        ratio(f"clone(all eight) {late} / unshare", *cell_all8, bound=1.0),
        result(f"page faults of a child of clone(NEWUTS) {late}", faults, "pages", FAULTS, "counted by the kernel"),
    ]
