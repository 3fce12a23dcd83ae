"""doctor(), and what the errors say where the machine forbids user namespaces."""

import json
import os
import subprocess
import sys
from importlib import metadata

import pytest

import nslab
from nslab.lab import doctor
from nslab.lab.power import settings
from nslab.linux import cgroupfs, process
from nslab.linux.flags import FLAGS

CLONE = "import nslab, os; nslab.clone(os.getpid, nslab.CLONE_NEWUSER, nslab.CLONE_NEWNS, proc=%r).result()"
SYSCTLS = {
    "kernel.unprivileged_userns_clone": ("0", "1"),
    "user.max_user_namespaces": ("0", "15000"),
    "kernel.apparmor_restrict_unprivileged_userns": ("1", "0"),
}


def python(place, code):
    return place.run([sys.executable, "-c", code])


def everything(place=None):
    argv = [sys.executable, "-m", "nslab", "doctor", "--json"]
    out = place.run(argv).stdout if place else subprocess.run(argv, capture_output=True, text=True).stdout
    return json.loads(out)


def checks(place=None):
    return {check["name"]: check for check in everything(place)["checks"]}


def test_this_machine():
    report = nslab.doctor()
    found = {check.name: check for check in report.checks}
    assert report.ok
    assert found["clone(CLONE_NEWUTS)"].seen.endswith(" ms")
    assert 0 < float(found["clone(CLONE_NEWUTS)"].seen.removesuffix(" ms")) < 1000
    assert found["system"].seen == f"Linux {os.uname().release} on {os.uname().machine}"
    assert found["namespace types"].seen == "uts ipc pid net mnt user cgroup time"
    assert found["user namespaces"].verdict == "ok"
    assert all(check.mend for check in report.checks if check.verdict != "ok")


def test_it_shows_everywhere():
    report = nslab.doctor()
    for text in (repr(report), report._repr_html_(), json.dumps(report.to_dict())):
        for check in report.checks:
            assert check.name in text
    with pytest.raises(AttributeError):
        report.checks = ()


def test_a_limit_of_0_is_named_with_the_command_that_mends_it():
    """For real: a user namespace has a limit of its own, which root inside may lower (user_namespaces(7))."""
    with nslab.Sandbox(user=True) as box:
        assert python(box, CLONE % False).status == 0
        assert checks(box)["user namespaces"]["verdict"] == "ok"
        box.run("echo 0 >/proc/sys/user/max_user_namespaces")
        refused = python(box, CLONE % False)
        assert "nslab.errors.Unsupported" in refused.stderr
        assert "user.max_user_namespaces = 0" in refused.stderr
        assert "sudo sysctl -w user.max_user_namespaces=15000" in refused.stderr
        check = checks(box)["user namespaces"]
        assert check["verdict"] == "warn", "root can do without"
        assert check["mend"] == "sudo sysctl -w user.max_user_namespaces=15000"
        with pytest.raises(OSError, match="No space left on device"):
            box.sandbox(user=True)


def test_a_namespace_in_which_nothing_is_allowed_is_explained():
    """As under Ubuntu's AppArmor: clone() succeeds, what is done inside is refused."""
    with nslab.Sandbox(user=True, mnt=True) as box:
        assert "PermissionError" in python(box, CLONE % True).stderr
        box.run("mount -t tmpfs tmpfs /proc/sys/kernel; echo 1 >/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
        refused = python(box, CLONE % True)
        assert "nslab.errors.Unsupported" in refused.stderr
        assert "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0" in refused.stderr
        assert python(box, CLONE % False).status == 0


def test_what_a_learners_function_is_refused_is_his_own():
    with nslab.Sandbox(user=True, mnt=True) as box:
        box.run("mount -t tmpfs tmpfs /proc/sys/kernel; echo 1 >/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
        code = "import nslab, os; nslab.clone(lambda: os.listdir('/proc/1/root'), nslab.CLONE_NEWUTS).result()"
        refused = python(box, code).stderr
        assert "PermissionError" in refused
        assert "Unsupported" not in refused


@pytest.mark.pure
@pytest.mark.parametrize("name", SYSCTLS)
def test_each_setting_is_found(tmp_path, name):
    forbids, allows = SYSCTLS[name]
    path = tmp_path / name.replace(".", "/")
    path.parent.mkdir()
    path.write_text(allows + "\n")
    assert settings.forbidding(str(tmp_path)) == []
    assert settings.unsupported(str(tmp_path)) is None
    path.write_text(forbids + "\n")
    [(found, meaning, command)] = settings.forbidding(str(tmp_path))
    assert found == name
    assert f"({name} = {forbids})" in meaning
    assert command == f"sudo sysctl -w {name}={allows}"
    error = settings.unsupported(str(tmp_path))
    assert meaning in str(error)
    assert command in error.mend


@pytest.mark.pure
def test_several_settings_are_all_named(tmp_path):
    for name, (forbids, _) in SYSCTLS.items():
        path = tmp_path / name.replace(".", "/")
        path.parent.mkdir(exist_ok=True)
        path.write_text(forbids)
    error = settings.unsupported(str(tmp_path))
    assert error.mend.count("sudo sysctl -w ") == 3


def test_what_is_missing_is_named_with_the_command(monkeypatch):
    monkeypatch.setitem(doctor.TOOLS, "no-such-tool", "some-package")
    monkeypatch.setattr(doctor.ns, "available", lambda: ("uts", "pid"))
    found = {check.name: check for check in nslab.doctor().checks}
    tools = found["tools for the parts by hand"]
    assert (tools.verdict, tools.seen, tools.mend) == (
        "warn", "missing: no-such-tool", "sudo apt-get install some-package",
    )  # fmt: skip
    assert found["namespace types"].seen == "missing: ipc, net, mnt, user, cgroup, time"


def test_who_is_sent_it_learns_what_the_machine_is():
    facts = everything()["facts"]
    assert facts["packages"]["nslab"] == metadata.version("nslab")
    assert facts["packages"]["jupyterlab"] == metadata.version("jupyterlab")
    assert facts["kernel"]["release"] == os.uname().release
    assert facts["user"]["uid"] == os.geteuid()
    assert facts["user"]["capabilities"]["effective"] == process.status()["CapEff"]
    assert {kind: found["made"] for kind, found in facts["namespaces"].items()} == dict.fromkeys(FLAGS, True)
    mounted = cgroupfs.mount_points()
    versions = {2 if hierarchy == "" else 1 for hierarchy in mounted}
    assert facts["cgroups"]["version"] == {(1,): "v1", (2,): "v2", (1, 2): "hybrid"}[tuple(sorted(versions))]
    assert {h["mounted"] for h in facts["cgroups"]["hierarchies"].values()} == set(mounted.values())
    for name, hierarchy in facts["cgroups"]["hierarchies"].items():
        assert bool(hierarchy["below"]) != bool(hierarchy["mend"]), name
        assert hierarchy["below"] is None or os.access(hierarchy["below"], os.W_OK), name


def test_who_is_sent_it_learns_why_one_cannot_be_made():
    with nslab.Sandbox(user=True) as box:
        box.run("echo 0 >/proc/sys/user/max_user_namespaces; echo 0 >/proc/sys/user/max_uts_namespaces")
        found = everything(box)["facts"]["namespaces"]
    assert found["user"]["made"] is False
    assert found["user"]["limit"] == 0
    assert "user.max_user_namespaces = 0" in found["user"]["why"]
    assert found["user"]["mend"] == "sudo sysctl -w user.max_user_namespaces=15000   (or run as root: sudo make lab)"
    assert (found["uts"]["made"], found["uts"]["limit"]) == (False, 0)
    assert found["uts"]["why"]
    assert found["uts"]["mend"]
    assert found["pid"]["made"] is True


def test_it_tells_no_secrets():
    home = os.path.dirname(os.path.dirname(sys.executable))
    with nslab.Sandbox(uts=True, hostname="a-name-of-somebody") as box:
        secret = ["env", f"HOME={home}", "JUPYTER_TOKEN=a-token-of-somebody"]
        told = box.run([*secret, sys.executable, "-m", "nslab", "doctor", "--json"]).stdout
    assert json.loads(told)["facts"]["python"]["executable"].startswith("~/bin/python")
    assert "of-somebody" not in told
    assert f"{home}/" not in told
