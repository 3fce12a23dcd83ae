"""nslab.clone() called in a real Jupyter kernel with matplotlib and 300 MB, against unshare(1)."""

from __future__ import annotations

import json
from typing import Any

from jupyter_client.manager import start_new_kernel

from bench.side_by_side import ratio

IN_THE_KERNEL = """
import json, os, subprocess
import matplotlib.pyplot
import nslab
from bench.side_by_side import medians

ballast = bytearray(os.urandom(1 << 20) * 300)
resident = int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
assert resident > 300 * 1000 * 1000, resident
user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
every = [flag for name, flag in nslab.CloneFlag.__members__.items()]
uts = medians(lambda: nslab.clone(os.getpid, nslab.CLONE_NEWUTS).wait(),
              lambda: subprocess.run(["unshare", *user, "--uts", "true"], check=True))
all8 = medians(lambda: nslab.clone(os.getpid, *every).wait(),
               lambda: subprocess.run(["unshare", "--user", "--map-root-user", "--mount", "--uts", "--ipc", "--net",
                                       "--pid", "--fork", "--cgroup", "--time", "true"], check=True))
print("RESULT" + json.dumps([uts, all8]))
"""


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
    uts, all8 = json.loads("".join(printed).partition("RESULT")[2])
    return [
        ratio("clone(NEWUTS) in a Jupyter kernel of 300 MB / unshare --uts true", *uts, bound=1.0),
        ratio("clone(all eight) in that kernel / unshare with all eight, true", *all8, bound=1.0),
    ]
