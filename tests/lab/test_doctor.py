"""doctor(), and what the errors say where the machine forbids user namespaces."""

import json
import os
import subprocess
import sys

import pytest

import nslab
from nslab.lab import doctor
from nslab.lab.server import userns_policy

CLONE = "import nslab, os; nslab.clone(os.getpid, nslab.CLONE_NEWUSER, nslab.CLONE_NEWNS, proc=%r).result()"
SYSCTLS = {
    "kernel.unprivileged_userns_clone": ("0", "1"),
    "user.max_user_namespaces": ("0", "15000"),
    "kernel.apparmor_restrict_unprivileged_userns": ("1", "0"),
}


def python(place, code):
    return place.run([sys.executable, "-c", code])


def checks(place=None):
    argv = [sys.executable, "-m", "nslab", "doctor", "--json"]
    out = place.run(argv).stdout if place else subprocess.run(argv, capture_output=True, text=True).stdout
    return {check["name"]: check for check in json.loads(out)["checks"]}


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


@pytest.mark.parametrize("name", SYSCTLS)
def test_each_setting_is_found(tmp_path, name):
    forbids, allows = SYSCTLS[name]
    path = tmp_path / name.replace(".", "/")
    path.parent.mkdir()
    path.write_text(allows + "\n")
    assert userns_policy.forbidding(str(tmp_path)) == []
    assert userns_policy.unsupported(str(tmp_path)) is None
    path.write_text(forbids + "\n")
    [(found, meaning, command)] = userns_policy.forbidding(str(tmp_path))
    assert found == name
    assert f"({name} = {forbids})" in meaning
    assert command == f"sudo sysctl -w {name}={allows}"
    error = userns_policy.unsupported(str(tmp_path))
    assert meaning in str(error)
    assert command in error.mend


def test_several_settings_are_all_named(tmp_path):
    for name, (forbids, _) in SYSCTLS.items():
        path = tmp_path / name.replace(".", "/")
        path.parent.mkdir(exist_ok=True)
        path.write_text(forbids)
    error = userns_policy.unsupported(str(tmp_path))
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
