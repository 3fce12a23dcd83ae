"""What is said of a refusal whose reason lies in what was asked for."""

from __future__ import annotations

import errno
import os
import subprocess

import pytest

from nslab.lab.power import refusals

pytestmark = [pytest.mark.any_user, pytest.mark.any_version]


def test_of_a_process_that_has_ended_it_is_not_said_to_be_made_by_root():
    with subprocess.Popen(["true"]) as child:
        pass
    with pytest.raises(FileNotFoundError) as gone:
        os.stat(f"/proc/{child.pid}/cgroup")
    said = refusals.explained(gone.value)
    assert f"process {child.pid} has ended" in said.why
    assert "run it again" in said.mend


def test_of_a_file_that_no_process_has_it_is_said_where_it_would_be():
    path = f"/proc/{os.getpid()}/nslab-has-none"
    said = refusals.explained(FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path))
    assert f"{path} is not there" in said.why
