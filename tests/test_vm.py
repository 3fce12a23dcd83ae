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


class Folders:
    """The lessons of the host and those in machines that have a copy of them."""

    def __init__(self, at):
        self.at = at
        self.write("host", "01.ipynb", "as it came")
        self.write("host", "02.ipynb", "as it came")
        for name in ("default", "v1"):
            shutil.copytree(at / "host", at / name)

    def write(self, where, name, text):
        path = self.at / where / "notebooks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        # Whichever clock is wrong, the content tells.
        os.utime(path, (0, 0))

    def read(self, where):
        top = self.at / where / "notebooks"
        return {str(p.relative_to(top)): p.read_text() for p in sorted(top.rglob("*")) if p.is_file()}

    def do(self, *steps):
        """What Vagrant says when the Vagrantfile's triggers do this to machines: "bring_home:default"."""
        done = subprocess.run(
            [needs("ruby", "ruby"), ROOT / "tests/vm/machine.rb", self.at, *steps], capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout


@pytest.fixture
def folders(tmp_path):
    return Folders(tmp_path)


def test_what_was_written_inside_comes_home(folders):
    folders.do("note:default")
    folders.write("default", "01.ipynb", "answers")
    folders.write("default", "my work/it's a plot.png", "lines")
    folders.write("default", ".ipynb_checkpoints/01.ipynb", "Jupyter's")
    said = folders.do("bring_home:default")
    assert "notebooks/01.ipynb is copied from the machine to the host" in said
    assert folders.read("host") == {
        "01.ipynb": "answers", "02.ipynb": "as it came", "my work/it's a plot.png": "lines"
    }  # fmt: skip
    assert folders.do("bring_home:default") == ""


def test_what_was_changed_on_both_sides_is_kept(folders):
    folders.do("note:default")
    folders.write("default", "01.ipynb", "three hours of answers")
    folders.write("host", "01.ipynb", "a correction, by git pull")
    folders.write("host", "02.ipynb", "another one")
    said = folders.do("bring_home:default")
    (beside,) = (p.name for p in (folders.at / "host/notebooks").iterdir() if p.is_dir())
    assert re.fullmatch(r"from-default-[\d-]{17}", beside)
    assert "notebooks/01.ipynb was changed on both sides" in said
    assert folders.read("host") == {
        "01.ipynb": "a correction, by git pull", "02.ipynb": "another one",
        f"{beside}/01.ipynb": "three hours of answers",
    }  # fmt: skip
    # Settled: neither is brought home again.
    assert folders.read("default")["01.ipynb"] == "a correction, by git pull"
    assert folders.do("bring_home:default") == ""


def test_two_machines_do_not_lose_each_others_work(folders):
    folders.do("note:default", "note:v1")
    folders.write("default", "01.ipynb", "in default")
    folders.write("v1", "01.ipynb", "in v1")
    folders.do("bring_home:default", "bring_home:v1")
    found = folders.read("host")
    assert found.pop("01.ipynb") == "in default"
    assert [text for name, text in found.items() if name.startswith("from-v1-")] == ["in v1"]


def test_a_lesson_that_was_renamed_outside_does_not_come_back(folders):
    folders.do("note:default")
    os.rename(folders.at / "host/notebooks/01.ipynb", folders.at / "host/notebooks/mine.ipynb")
    assert folders.do("bring_home:default") == ""
    assert sorted(folders.read("host")) == ["02.ipynb", "mine.ipynb"]


def test_work_that_survived_a_power_cut_comes_home(folders):
    """The next start finds it inside, and notes only what is the same on both sides."""
    folders.do("note:default")
    folders.write("default", "01.ipynb", "before the power cut")
    folders.do("note:default", "bring_home:default")
    assert folders.read("host") == {"01.ipynb": "before the power cut", "02.ipynb": "as it came"}


def test_a_restored_snapshot_leaves_the_lessons_as_they_were(folders):
    folders.do("note:default")
    folders.write("default", "01.ipynb", "answers")
    folders.do("bring_home:default")
    folders.write("default", "01.ipynb", "as it came")
    folders.write("host", "it's new/notes.txt", "notes")
    folders.do("restored:default", "note:default", "bring_home:default")
    assert folders.read("default") == folders.read("host") == {
        "01.ipynb": "answers", "02.ipynb": "as it came", "it's new/notes.txt": "notes"
    }  # fmt: skip


def test_destroy_says_where_work_is_that_was_not_brought_home(folders):
    assert "vagrant up default; vagrant halt default" in folders.do(
        "note:default", "off:default", "warn_of_work:default"
    )
    assert folders.do("bring_home:default", "off:default", "warn_of_work:default") == ""
    assert folders.do("warn_of_work:default") == ""


@pytest.fixture
def rsync(folders):
    """What Vagrant runs for a folder that is a copy."""
    config = (ROOT / "Vagrantfile").read_text()
    arguments = re.findall(r'"(.+?)"', re.search(r"rsync__args: \[(.+?)\]", config, re.DOTALL)[1])
    excluded = re.findall(r'"(.+?)"', re.search(r"rsync__exclude: \[(.+?)\]", config, re.DOTALL)[1])

    def run():
        subprocess.run(
            [needs("rsync", "rsync"), *arguments, *(f"--exclude={name}" for name in excluded), "host/", "default"],
            cwd=folders.at, check=True,
        )  # fmt: skip

    return run


def test_what_is_copied_in_replaces_nothing_for_ever(folders, rsync):
    (folders.at / "host/nslab").mkdir()
    (folders.at / "host/nslab/gone.py").touch()
    rsync()
    folders.write("default", "01.ipynb", "older")
    (folders.at / "host/notebooks/01.ipynb").write_text("newer")
    (folders.at / "default/notebooks/02.ipynb").write_text("newer inside")
    (folders.at / "default/notebooks/mine.ipynb").write_text("inside alone")
    (folders.at / "host/nslab/gone.py").unlink()
    for _ in range(2):
        rsync()
        assert folders.read("default") == {
            "01.ipynb": "newer", "02.ipynb": "newer inside", "mine.ipynb": "inside alone"
        }  # fmt: skip
        assert (folders.at / "default/.replaced/notebooks/01.ipynb").read_text() == "older"
        assert not (folders.at / "default/nslab/gone.py").exists()


ASKED = 'case "$*" in *--quiet*) exit 3 ;; is-active*) echo {state}; exit 3 ;; show*) {restarts} ;; esac'


@pytest.mark.parametrize(
    ("state", "restarts"),
    [
        # systemd never calls a service "failed" that it starts again and again.
        ("activating", "n=$(cat n || echo 0); echo $((n + 1)) | tee n"),
        ("activating", "echo 0"),
        ("inactive", "echo 0"),
    ],
    ids=["it fails", "it hangs", "it is stopped"],
)
def test_the_address_of_a_course_that_does_not_start(tmp_path, state, restarts):
    commands = {
        "systemctl": ASKED.format(state=state, restarts=restarts),
        "sudo": "echo its last words >&2",
        "sleep": "",
    }
    for name, text in commands.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "n").write_text("0")
    done = subprocess.run(
        [VM / "nslab-url", "9000"], capture_output=True, text=True, timeout=60, cwd=tmp_path,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert "The course does not start. Its last words:\nits last words\n" in done.stderr
    assert "sudo systemctl restart nslab" in done.stderr
