"""A root file system for the tests of containers, made once for each worker."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from nslab.cgroups.core.location import where
from nslab.container import rootfs
from nslab.errors import Unsupported


@pytest.fixture(scope="session")
def root(tmp_path_factory):
    """A root file system of this machine's programs, which each user may read."""
    directory = tmp_path_factory.mktemp("container") / "rootfs"
    rootfs.make(directory)
    probe = Path(__file__).with_name("clone_probe.c")
    subprocess.run(["cc", "-Wall", "-static", "-o", directory / "bin/clone-probe", probe], check=True)
    return str(directory)


def without(*subsystems):
    """Skip a test that needs cgroups of these subsystems, where this user cannot have them."""
    for name in subsystems:
        try:
            where(name)
        except Unsupported as e:
            pytest.skip(f"{e.what}: {e.why}")
