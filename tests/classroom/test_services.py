"""What systemd and the hub are told, and what of this machine a class asks for."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from nslab.classroom import hub_config, places, ready, units
from nslab.classroom.settings import Limits, Settings
from nslab.errors import Unsupported

pytestmark = pytest.mark.pure
SETTINGS = Settings(learners=("anna",), port=8123, address="127.0.0.1",
                    limits=Limits(memory=512 << 20, swap=0, cpu=150, cpu_weight=50, tasks=300))  # fmt: skip


def test_systemd_understands_each_unit(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("there is no systemd-analyze: sudo apt-get install systemd")
    for name, text in units.texts(SETTINGS).items():
        (tmp_path / f"{name}.service").write_text(text)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *tmp_path.glob("*.service")], capture_output=True,
                          text=True)  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "nslab-class" in line]
    # Its directories are made by `nslab class up`.
    assert [line for line in ours if "Failed to" not in line or "WorkingDirectory" not in line] == []


def test_the_limits_are_those_of_the_file():
    told = hub_config.limits(SETTINGS.limits)
    assert (told["MemoryMax"], told["MemorySwapMax"], told["CPUQuota"]) == (str(512 << 20), "0", "150%")
    assert (told["CPUWeight"], told["TasksMax"], told["Delegate"]) == ("50", "300", "yes")


def test_the_hub_has_each_setting_that_it_is_given():
    pytest.importorskip("jupyterhub", reason="not installed: pip install 'nslab[class]'")
    from jupyterhub.app import JupyterHub
    from jupyterhub.auth import PAMAuthenticator
    from jupyterhub.proxy import ConfigurableHTTPProxy
    from jupyterhub.spawner import Spawner
    from systemdspawner import SystemdSpawner

    known = (JupyterHub, PAMAuthenticator, ConfigurableHTTPProxy, Spawner, SystemdSpawner)
    there = {cls.__name__: cls for cls in known}
    there["Authenticator"] = PAMAuthenticator
    for name, settings in hub_config.values(SETTINGS, {}).items():
        assert set(settings) <= set(there[name].class_trait_names()), name


def test_nobody_but_root_may_write_the_code_that_marks(tmp_path):
    place = tmp_path / "nslab"
    place.mkdir(mode=0o755)
    os.chmod(place, 0o777)
    assert "everyone" in ready.open_to(place) or "uid" in ready.open_to(place)
    os.chmod(place, 0o755)
    assert ready.open_to(place) == ("" if os.geteuid() == 0 else f"belongs to uid {os.geteuid()}")
    assert ready.open_to(places.Path("/")) == ""


def test_a_machine_without_pure_v2_is_told_why(monkeypatch):
    monkeypatch.setattr(ready.cgroupfs, "mount_points", lambda: {"memory": "/sys/fs/cgroup/memory", "": "/elsewhere"})
    with pytest.raises(Unsupported) as e:
        ready._pure_v2()
    assert "memory" in e.value.why
    assert "systemd.unified_cgroup_hierarchy=1" in e.value.mend
