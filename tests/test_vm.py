"""What can be known of the VM without starting it; tests/vm starts it (make test-vm)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
VM = ROOT / "vm"
RUBY = sorted(p.relative_to(ROOT) for p in (ROOT / "Vagrantfile", *VM.glob("*.rb")))


def needs(program, package):
    """The path of a program; CI has to have it."""
    path = shutil.which(program)
    if not path and not os.environ.get("CI"):
        pytest.skip(f"there is no {program}: sudo apt-get install {package}")
    assert path, f"sudo apt-get install {package}"
    return path


@pytest.mark.parametrize("file", RUBY, ids=str)
def test_it_is_ruby(file):
    done = subprocess.run([needs("ruby", "ruby"), "-wc", ROOT / file], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Syntax OK\n", "")


@pytest.fixture
def vagrant(tmp_path):
    """Vagrant on a copy of what it reads, with a home of its own."""
    program = needs("vagrant", "vagrant")
    shutil.copy(ROOT / "Vagrantfile", tmp_path)
    shutil.copytree(VM, tmp_path / "vm", ignore=shutil.ignore_patterns("wheels"))

    def run(*argv, **environ):
        return subprocess.run(
            [program, *argv], cwd=tmp_path, capture_output=True, text=True, timeout=100, stdin=subprocess.DEVNULL,
            env={**os.environ, "VAGRANT_HOME": f"{tmp_path}/home", "VAGRANT_CHECKPOINT_DISABLE": "1", **environ},
        )  # fmt: skip

    return run


def test_vagrant_takes_it(vagrant):
    done = vagrant("validate", "--ignore-provider")
    assert (done.returncode, done.stderr) == (0, "")
    assert "validated successfully" in done.stdout


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("NSLAB_CPUS", "two", "give a whole number from 1 to 64"),
        ("NSLAB_CPUS", "0", "give a whole number from 1 to 64"),
        ("NSLAB_MEMORY", "2G", "give a whole number from 1024 to 65536"),
        ("NSLAB_PORT", "80", "give a whole number from 1025 to 65534"),
    ],
)
def test_a_bad_setting_is_named(name, value, wanted):
    number = re.search(rf'Nslab\.number\("{name}", .*\)', (ROOT / "Vagrantfile").read_text())
    done = subprocess.run(
        [needs("ruby", "ruby"), "-r", VM / "host.rb", "-e", f"puts {number[0]}"],
        capture_output=True, text=True, env={**os.environ, name: value},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{name}={value}: {wanted}\n"


def test_systemd_takes_the_unit(tmp_path):
    # Here there is neither the command nor the user that it names.
    unit = tmp_path / "nslab.service"
    text = (VM / "nslab.service").read_text().replace("User=vagrant", "User=root")
    unit.write_text(re.sub(r"/usr/local/\S+", "/bin/true", text))
    done = subprocess.run(
        [needs("systemd-analyze", "systemd"), "verify", "--man=no", unit], capture_output=True, text=True
    )
    said = [line for line in done.stderr.splitlines() if "nslab" in line]
    assert said == []
    for wanted in ("User=vagrant", "Delegate=yes", "Restart=always", "OOMPolicy=continue"):
        assert f"\n{wanted}\n" in (VM / "nslab.service").read_text()


def test_what_is_forwarded_is_the_hosts_alone():
    forwarded = re.findall(r"forwarded_port.*", (ROOT / "Vagrantfile").read_text())
    assert len(forwarded) == 2
    assert all('host_ip: "127.0.0.1", auto_correct: true' in line for line in forwarded)


def test_the_greeting_names_commands_that_there_are():
    from nslab.cli import COMMANDS

    named = re.findall(r"^ +(?:sudo )?nslab (\w+)", (VM / "motd").read_text(), re.MULTILINE)
    assert {"demo", "doctor", "reset"} <= set(named) <= set(COMMANDS)
