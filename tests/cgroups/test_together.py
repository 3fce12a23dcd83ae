"""Many demos at once do not disturb each other, and JupyterLab answers while they run."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from importlib import import_module

import pytest

from nslab.cgroups import DEMOS
from tests.cgroups.conftest import COMPLETE

TWENTY = (
    ["cpu", "--only", "shares"], ["cpu", "--only", "shares"],
    ["cpu", "--only", "nested"], ["cpu", "--only", "quota"],
    ["memory", "--only", "limit"], ["memory", "--only", "limit"], ["memory", "--only", "oom_control"],
    ["memory", "--only", "bill"], ["pids"], ["pids"], ["pids"], ["freezer"], ["freezer"], ["freezer"],
    ["cpuacct", "--only", "account"], ["cpuacct", "--only", "account"], ["perf_event", "--only", "faults"],
    ["rules", "--only", "rule4"], ["rules", "--only", "rule4"], ["devices"],
)  # fmt: skip
SLOW = 0.2
"""Seconds within which JupyterLab has to answer."""

pytestmark = [
    pytest.mark.long,
    pytest.mark.measured,
    pytest.mark.skipif(not COMPLETE, reason="needs root and this machine's own kernel, for all demos at once"),
]


def start(out, *argv):
    """Run `nslab demo`, with its answer in a file: it is longer than a pipe holds."""
    with out.open("w") as file:
        return subprocess.Popen([sys.executable, "-m", "nslab", "demo", *argv, "--json"], stdout=file)


@pytest.mark.timeout(240)
def test_twenty_at_once(tmp_path):
    assert len(TWENTY) == 20
    outs = [tmp_path / f"{number}.json" for number in range(20)]
    running = [start(out, *argv) for out, argv in zip(outs, TWENTY, strict=True)]
    ended = [process.wait(200) for process in running]
    said = [out.read_text() for out in outs]
    failures = {
        f"{number} {' '.join(TWENTY[number])}": json.loads(said[number]).get("failures", said[number])
        for number, status in enumerate(ended)
        if status
    }
    assert failures == {}


@pytest.mark.timeout(300)
def test_jupyterlab_answers_while_every_demo_runs(tmp_path):
    from tests.cli.test_lab import Lab

    with Lab(tmp_path) as lab:
        url = f"http://127.0.0.1:{lab.port}/api/status"
        request = urllib.request.Request(url, headers={"Authorization": f"token {lab.token}"})
        took = []
        for name in DEMOS:
            answer = tmp_path / f"{name}.json"
            process = start(answer, name, "--only", import_module(f"nslab.cgroups.{name}").PARTS[0].name)
            while process.poll() is None:
                before = time.monotonic()
                urllib.request.urlopen(request, timeout=20).read()
                took.append(time.monotonic() - before)
                time.sleep(0.1)
            report = json.loads(answer.read_text())
            assert report["holds"], report["failures"]
        lab.type("\x03")
        lab.status(30)
    assert len(took) > 100
    assert max(took) < SLOW, sorted(took)[-5:]
