"""What a runtime answers on a kernel with cgroup v2 alone: `tests/v2/boot.sh tests/container/there.py -s -k crun`.

For `python -m tests.container`, where this machine's cgroups keep a runtime from running. By the name of its file it is
no test that others run, too.
"""

from __future__ import annotations

import json

import pytest

from tests.container import __main__ as asking
from tests.container.behaviours import ROWS


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("runtime", asking.RUNTIMES)
def test_it_runs_there(runtime, tmp_path):
    asking.prepare(tmp_path)
    ask = asking.theirs(runtime, tmp_path)
    assert ask("echo runs") == "runs"
    print(f"\n{asking.ANSWERS}{json.dumps({row.ask: ask(row.ask) for row in ROWS})}", flush=True)
