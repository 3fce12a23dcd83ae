"""The second host: where an ordinary user's cgroups come from, when his systemd delegates one."""

import os

import pytest

from nslab.lab.client import host as hosts
from nslab.linux import process

FAKE = """#!/bin/sh
echo "$@" >"$XDG_RUNTIME_DIR/asked"
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
"""


@pytest.fixture
def systemd(tmp_path, monkeypatch):
    (tmp_path / "systemd").mkdir(mode=0o700)
    (tmp_path / "systemd/private").touch()
    run = tmp_path / "systemd-run"
    run.write_text(FAKE)
    run.chmod(0o755)
    tmp_path.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(hosts, "_scope", hosts.Host(hosts._SCOPE))
    yield tmp_path
    hosts._scope.close()


def test_its_keeper_is_started_through_systemd_run(systemd):
    scope = hosts.scope_host()
    assert scope is not None
    assert scope is not hosts.host()
    asked = (systemd / "asked").read_text()
    assert asked.startswith("--user --scope --quiet --collect --property=Delegate=yes -- /bin/sh -c")
    assert scope.call(os.getppid) in process.children(scope.keeper)
    assert scope.session != hosts.host().session


def test_without_a_systemd_of_the_users_there_is_none(systemd):
    (systemd / "systemd/private").unlink()
    assert hosts.scope_host() is None


def test_a_systemd_that_refuses_is_none(systemd):
    (systemd / "systemd-run").write_text("#!/bin/sh\necho 'Failed to connect to bus' >&2\nexit 1\n")
    assert hosts.scope_host() is None
