"""What can be known of the VM without starting it; tests/vm starts it (make test-vm)."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.pure

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


def host_rb(code, **how):
    """Run Ruby that knows vm/host.rb."""
    return subprocess.run(
        [needs("ruby", "ruby"), "-r", VM / "host.rb", "-e", code], capture_output=True, text=True, **how
    )


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


@pytest.mark.long
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
    done = host_rb(f"puts {number[0]}", env={**os.environ, name: value})
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
    """The lessons of the host and those in machines that have a copy of them; their names are not ASCII."""

    def __init__(self, at, locale):
        self.at, self.locale = at, locale
        self.write("host", "01.ipynb", "as it came")
        self.write("host", "02.ipynb", "as it came")
        self.up("default")
        self.up("v1")

    def up(self, name):
        """What Vagrant does: it copies in, as the Vagrantfile says, and calls its triggers."""
        (self.at / name / "notebooks").mkdir(parents=True, exist_ok=True)
        libvirt = (ROOT / "Vagrantfile").read_text().partition('provider "libvirt"')[2]
        project, lessons = (re.findall(r'"(.+?)"', found) for found in re.findall(r"rsync__args: \[(.+?)\]", libvirt))
        rsync = needs("rsync", "rsync")
        for arguments, directory in (([*project, "--exclude=/notebooks/"], ""), (lessons, "notebooks/")):
            folders = f"host/{directory}", f"{name}/{directory}"
            subprocess.run([rsync, *arguments, *folders], cwd=self.at, check=True)
        return self.do(f"settle:{name}")

    def write(self, where, name, text):
        path = self.at / where / "notebooks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        # Whichever clock is wrong, the content tells.
        os.utime(path, (0, 0))

    def read(self, where):
        top = self.at / where / "notebooks"
        return {str(p.relative_to(top)): p.read_text() for p in sorted(top.rglob("*")) if p.is_file()}

    def beside(self):
        """What is on the host in a directory of its own, since both sides had changed it."""
        return {Path(name).name: text for name, text in self.read("host").items() if name.startswith("from-")}

    def run(self, *steps):
        """Let the Vagrantfile's triggers do this to machines: "bring_home:default"."""
        return subprocess.run(
            [needs("ruby", "ruby"), ROOT / "tests/vm/machine.rb", self.at, *steps], capture_output=True, text=True,
            env={**os.environ, "LC_ALL": self.locale},
        )  # fmt: skip

    def do(self, *steps):
        """What Vagrant says meanwhile."""
        done = self.run(*steps)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout


@pytest.fixture(params=["C", "C.UTF-8"])
def folders(tmp_path, request):
    return Folders(tmp_path / "José", request.param)


def test_what_was_written_inside_comes_home(folders):
    folders.write("default", "01.ipynb", "answers")
    folders.write("default", "Übung \\ it's a plot.png", "lines")
    folders.write("default", ".ipynb_checkpoints/01.ipynb", "Jupyter's")
    said = folders.do("bring_home:default")
    assert "notebooks/01.ipynb is copied from the machine to the host" in said
    assert folders.read("host") == {
        "01.ipynb": "answers", "02.ipynb": "as it came", "Übung \\ it's a plot.png": "lines"
    }  # fmt: skip
    folders.write("default", "Übung \\ it's a plot.png", "more lines")
    folders.do("bring_home:default")
    assert folders.read("host")["Übung \\ it's a plot.png"] == "more lines"
    assert folders.do("bring_home:default") == ""


def test_what_was_changed_on_the_host_goes_in(folders):
    folders.write("host", "01.ipynb", "a correction, by git pull")
    folders.write("host", "03 für alle.ipynb", "a new one")
    (folders.at / "host/notebooks/02.ipynb").unlink()
    assert folders.up("default") == ""
    assert folders.read("default") == {
        "01.ipynb": "a correction, by git pull", "02.ipynb": "as it came", "03 für alle.ipynb": "a new one"
    }  # fmt: skip
    assert folders.do("bring_home:default") == ""
    assert "02.ipynb" not in folders.read("host")


@pytest.mark.parametrize("next_start", [False, True], ids=["halt", "power cut"])
def test_what_was_changed_on_both_sides_is_kept(folders, next_start):
    folders.write("default", "01.ipynb", "three hours of answers")
    folders.write("host", "01.ipynb", "a correction, by git pull")
    said = folders.up("default") if next_start else folders.do("bring_home:default")
    assert "notebooks/01.ipynb was changed on both sides" in said
    assert folders.read("host")["01.ipynb"] == folders.read("default")["01.ipynb"] == "a correction, by git pull"
    assert folders.beside() == {"01.ipynb": "three hours of answers"}
    assert folders.do("bring_home:default") == ""


def test_two_machines_do_not_lose_each_others_work(folders):
    folders.write("default", "01.ipynb", "in default")
    folders.write("v1", "01.ipynb", "in v1")
    folders.do("bring_home:default", "bring_home:v1")
    assert folders.read("host")["01.ipynb"] == "in default"
    assert folders.beside() == {"01.ipynb": "in v1"}


def test_work_that_survived_a_power_cut_comes_home(folders):
    folders.write("default", "01.ipynb", "before the power cut")
    folders.up("default")
    assert folders.read("host") == {"01.ipynb": "before the power cut", "02.ipynb": "as it came"}


def test_a_restored_snapshot_leaves_the_lessons_as_they_were(folders):
    folders.write("default", "01.ipynb", "answers")
    folders.do("bring_home:default")
    folders.write("default", "01.ipynb", "as it came")
    folders.write("host", "it's new/notes.txt", "notes")
    folders.do("restored:default", "settle:default", "bring_home:default")
    assert folders.read("default") == folders.read("host") == {
        "01.ipynb": "answers", "02.ipynb": "as it came", "it's new/notes.txt": "notes"
    }  # fmt: skip


def test_a_note_that_was_cut_off_replaces_nothing(folders):
    (folders.at / ".vagrant/default/nslab-lessons.json").write_text("")
    folders.write("default", "01.ipynb", "answers")
    folders.do("bring_home:default")
    assert folders.beside() == {"01.ipynb": "answers"}


def test_what_cannot_be_read_is_told_and_remembered(folders):
    shutil.rmtree(folders.at / "default/notebooks")
    said = folders.do("bring_home:default", "off:default", "halted:default", "warn_of_work:default")
    assert "Not all lessons in the machine could be read" in said
    assert "vagrant up default" in said


def test_a_name_that_is_not_utf_8_is_told(folders):
    """And what is written in others comes home."""
    folders.write("host", os.fsdecode(b"caf\xe9.ipynb"), "in Latin-1")
    folders.write("default", "01.ipynb", "answers")
    said = folders.up("default") + folders.do("bring_home:default")
    assert said.count("The name of caf\ufffd.ipynb is not UTF-8: rename it, in the machine and on the host.") == 2
    assert folders.read("host")["01.ipynb"] == "answers"
    for where in ("host", "default"):
        (folders.at / where / "notebooks" / os.fsdecode(b"caf\xe9.ipynb")).unlink()
    assert folders.up("default") == folders.do("bring_home:default") == ""


def test_destroy_says_that_there_may_be_work(folders):
    off = "off:default"
    assert "vagrant up default; vagrant halt default (answer n to the question)" in folders.do(
        off, "warn_of_work:default"
    )
    # Somebody answered n before, and went on.
    assert "vagrant halt" in folders.do("bring_home:default", "halted:default", off, "warn_of_work:default")
    assert folders.do("bring_home:default", off, "halted:default", "warn_of_work:default") == ""


def test_a_snapshot_is_not_restored_over_work(folders):
    refused = folders.run("off:default", "refuse_for_work:default")
    assert refused.returncode == 1
    assert "vagrant up default; vagrant halt default\n" in refused.stderr
    assert folders.do("bring_home:default", "off:default", "halted:default", "refuse_for_work:default") == ""


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({"HTTP_PROXY": "http://proxy.school:3128"}, {"http_proxy": "http://proxy.school:3128"}),
        ({"https_proxy": "proxy.school:3128", "no_proxy": "localhost"},
         {"https_proxy": "proxy.school:3128", "no_proxy": "localhost"}),
        ({"http_proxy": "localhost:3128", "https_proxy": "http://me:secret@127.0.0.1:3128"}, {}),
    ],
)  # fmt: skip
def test_the_hosts_proxy_is_used_inside_where_it_can_be_reached(environ, wanted):
    done = host_rb("puts JSON.generate(Nslab.proxies)", env={"PATH": os.environ["PATH"], **environ}, check=True)
    assert json.loads(done.stdout) == wanted


def test_a_firmware_that_is_not_there_is_named(tmp_path):
    (tmp_path / "OVMF.fd").touch()
    for path, wanted in (("OVMF.fd", (0, f"{tmp_path}/OVMF.fd\n", "")), ("", (0, "\n", "")),
                         ("no.fd", (1, "", "NSLAB_UEFI=no.fd: there is no such file\n"))):  # fmt: skip
        done = host_rb("puts Nslab.file('NSLAB_UEFI')", cwd=tmp_path, env={**os.environ, "NSLAB_UEFI": path})
        assert (done.returncode, done.stdout, done.stderr) == wanted


LAST_WORDS = "The course does not start. Its last words:\nits last words\nInside (vagrant ssh): sudo systemctl restart"
ASKED = 'case "$*" in is-active*) echo {state}; exit 3 ;; show*) {restarts} ;; esac'


@pytest.mark.parametrize(
    ("state", "restarts", "said"),
    [
        # systemd never calls a service "failed" that it starts again and again.
        ("activating", "n=$(cat n || echo 0); echo $((n + 1)) | tee n", LAST_WORDS),
        ("inactive", "echo 0", LAST_WORDS),
        # On this machine there is no /vagrant.
        ("activating", "echo 0", "The project is not at /vagrant, so the course cannot start."),
    ],
    ids=["it fails", "it is stopped", "it waits for the project"],
)
def test_the_address_of_a_course_that_does_not_start(tmp_path, state, restarts, said):
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
    assert said in done.stderr
