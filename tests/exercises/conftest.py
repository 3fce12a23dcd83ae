from __future__ import annotations

import pytest

from nslab.cgroups.core.group import Cgroup
from nslab.errors import Unsupported
from tests.cgroups.conftest import load_loop


@pytest.fixture(scope="session", autouse=True)
def _machine_for_exercises():
    """Loop devices; and a delegated cgroup of v2 that may have children with controllers, since nobody is in it.

    `nslab lab` marks all that a learner starts there as nslab's own, which makes room by itself.
    """
    load_loop()
    try:
        group = Cgroup("memory", "pids")
    except Unsupported:
        yield  # each exercise that needs one says so
        return
    with group:
        yield
