from __future__ import annotations

import pytest

from tests.cgroups.conftest import load_loop


@pytest.fixture(scope="session", autouse=True)
def _loop_devices():
    load_loop()
