"""What every test starts from."""

from __future__ import annotations

import os

import pytest

from nslab.lab.host import host


@pytest.fixture(scope="session")
def as_root() -> bool:
    return os.geteuid() == 0


@pytest.fixture(scope="session", autouse=True)
def _end_the_fork_server():
    yield
    host().close()
