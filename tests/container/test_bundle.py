"""A bundle's config.json: what is read, and that what is not done is refused by its name."""

from __future__ import annotations

import copy
import json
import subprocess
import sys

import pytest

from nslab.container import bundle

CONFIG = {
    "ociVersion": "1.0.2", "hostname": "of-the-bundle",
    "root": {"path": "rootfs", "readonly": True},
    "process": {
        "args": ["/bin/sh", "-c", "hostname; echo $X; pwd; touch /x; grep CapEff /proc/self/status; ulimit -n"],
        "cwd": "/tmp", "env": ["PATH=/bin", "X=1"], "user": {"uid": 0, "gid": 0}, "noNewPrivileges": True,
        "capabilities": {name: ["CAP_KILL"] for name in ("bounding", "permitted", "effective")},
        "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 128, "soft": 128}], "terminal": False,
    },
    "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
               {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["ro"]}],
    "linux": {
        "namespaces": [{"type": each} for each in ("pid", "network", "ipc", "uts", "mount", "cgroup")],
        "maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys"],
        "resources": {"devices": [{"allow": False, "access": "rwm"}]},
    },
}  # fmt: skip


@pytest.fixture
def written(tmp_path, root):
    """A bundle with a change to its config."""
    (tmp_path / "rootfs").symlink_to(root)

    def write(**changes):
        config = copy.deepcopy(CONFIG)
        for path, value in changes.items():
            *above, last = path.split("__")
            there = config
            for each in above:
                there = there[each]
            there[last] = value
        (tmp_path / "config.json").write_text(json.dumps(config))
        return str(tmp_path)

    return write


def test_it_runs_as_it_says(written):
    found = bundle.read(written())
    done = found.container.run(found.args)
    assert done.stdout.split() == ["of-the-bundle", "1", "/tmp", "CapEff:", f"{1 << 5:016x}", "128"]
    assert "Read-only file system" in done.stderr


def test_the_command_runs_a_bundle(written):
    run = subprocess.run([sys.executable, "-m", "nslab", "run", written()], capture_output=True, text=True)
    assert run.stdout.splitlines()[0] == "of-the-bundle"
    refused = subprocess.run([sys.executable, "-m", "nslab", "run", written(hooks={})], capture_output=True, text=True)
    assert (refused.returncode, "config.json, hooks: this is not done here" in refused.stderr) == (2, True)


@pytest.mark.parametrize(("changes", "named"), [
    ({"hooks": {"prestart": []}}, "hooks"),
    ({"ociVersion": "2.0"}, "ociVersion"),
    ({"domainname": "x"}, "domainname"),
    ({"process__apparmorProfile": "x"}, r"process\.apparmorProfile"),
    ({"process__selinuxLabel": "x"}, r"process\.selinuxLabel"),
    ({"process__args": []}, r"process\.args"),
    ({"process__user": {"uid": 0, "additionalGids": [1]}}, r"process\.user\.additionalGids"),
    ({"process__rlimits": [{"type": "RLIMIT_NOFILE", "hard": 2, "soft": 1}]}, r"process\.rlimits\.RLIMIT_NOFILE"),
    ({"process__capabilities": {"bounding": ["CAP_KILL"], "permitted": []}}, r"process\.capabilities\.permitted"),
    ({"mounts": [{"destination": "/x", "type": "tmpfs", "source": "tmpfs"}]}, "mounts, /x"),
    ({"mounts": [{"destination": "/x", "type": "bind", "source": "/etc", "options": ["bind", "noexec"]}]}, "noexec"),
    ({"linux__cgroupsPath": "/x"}, r"linux\.cgroupsPath"),
    ({"linux__rootfsPropagation": "shared"}, r"linux\.rootfsPropagation"),
    ({"linux__sysctl": {"net.ipv4.ip_forward": "1"}}, r"linux\.sysctl"),
    ({"linux__devices": []}, r"linux\.devices"),
    ({"linux__intelRdt": {}}, r"linux\.intelRdt"),
    ({"linux__namespaces": [{"type": "pid"}]}, r"linux\.namespaces: a container here has ipc, mount, uts"),
    ({"linux__namespaces": [{"type": each} for each in ("pid", "ipc", "uts", "mount", "time")]}, "time is not done"),
    ({"linux__namespaces": [{"type": "pid", "path": "/proc/1/ns/pid"}]}, r"linux\.namespaces\.pid: to join"),
    ({"linux__resources": {"devices": [{"allow": True, "access": "rwm"}]}}, r"linux\.resources\.devices"),
    ({"linux__resources": {"memory": {"kernel": 1}}}, r"linux\.resources\.memory\.kernel"),
    ({"linux__resources": {"hugepageLimits": []}}, r"linux\.resources\.hugepageLimits"),
    ({"linux__seccomp": {"defaultAction": "SCMP_ACT_NOTIFY"}}, r"linux\.seccomp\.defaultAction"),
    ({"linux__seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/x"}}, r"linux\.seccomp\.listenerPath"),
    ({"linux__seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        {"names": ["clone"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0}]}]}}, r"linux\.seccomp\.syscalls\.args"),
])  # fmt: skip
def test_what_is_not_done_is_refused_by_its_name(written, changes, named):
    with pytest.raises(ValueError, match=named):
        bundle.read(written(**changes))


def test_its_filter(written):
    rules = {
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}],
    }
    found = bundle.read(written(linux__seccomp=rules, root__readonly=False))
    assert "Operation not permitted" in found.container.run(["/bin/mkdir", "/dev/shm/x"]).stderr


def test_what_is_no_bundle(tmp_path):
    with pytest.raises(FileNotFoundError):
        bundle.read(str(tmp_path))
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ValueError, match="it is no JSON"):
        bundle.read(str(tmp_path))
