"""`make test-vm`: from nothing to the course in a browser, and back to nothing, for each machine of the Vagrantfile.

Run by tools/test-vm.sh as `python -m tests.vm CACHE [MACHINE...]`. Works on a copy of the project, since lessons come
home from the machine. Prints a table with times, and writes it to artifacts/.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from nslab.course.demos import ROOMS
from tests.browser.lab import open_notebook, page, run_all
from tests.vm import libvirt
from tests.vm.jupyter import Course

ROOT = Path(__file__).resolve().parents[2]
BOX, VERSION = "bento/debian-12", re.search(r'box_version = "(.+)"', (ROOT / "Vagrantfile").read_text())[1]  # type: ignore[index]
ADDRESS = re.compile(r"^  (http://127\.0\.0\.1:\d+/lab/tree/\S+\?token=\w{32})$", re.MULTILINE)
DEMOS = [name for room in ROOMS.values() for name in room]
MACHINES = ["default", "v1"]
BY_ROOT = {"hierarchy", "devices", "net_prio", "hugetlb"}
"""Demos that ask for root, in both machines: for vagrant each has to hold by sudo, and to say so."""
PORT = int(os.environ.get("NSLAB_PORT", "28888"))
DEMO = """
import json
from nslab.course.demos import demo_of
from nslab.errors import Unsupported
try:
    evidence = demo_of({name!r})()
    said = {{"holds": evidence.holds, "failures": evidence.to_dict()["failures"],
             "made_on": evidence.made_on}}
except Unsupported as e:
    said = e.to_dict()
print(json.dumps(said))
"""
OFFLINE = "/etc/systemd/network/dhcp.network.d/offline.conf"


class Machine:
    """One machine of the Vagrantfile, and what was measured of it."""

    def __init__(self, name: str, directory: Path, environ: dict[str, str]) -> None:
        self.name, self.directory, self.environ = name, directory, environ
        self.measured: list[tuple[str, float, str]] = []
        self.failed: list[str] = []
        self.course: Course = None  # type: ignore[assignment]

    def step(self, what: str, do: Callable[[], str | None], tries: int = 1) -> None:
        """Do one step, and note how long it took and what came of it; a failure is noted, and the rest goes on."""
        for number in range(1, tries + 1):
            started = time.monotonic()
            try:
                said = (do() or "ok") + (f", at try {number}" if number > 1 else "")
                break
            except Exception as e:
                said = f"FAILED: {type(e).__name__}: {e}"
            # An emulated CPU has no share of its own: what the host does meanwhile is missing in what a demo measures.
            print(f"{self.name:8} {what:34} try {number} of {tries}: {said}", flush=True)
        else:
            self.failed.append(f"{self.name}: {what}")
        seconds = time.monotonic() - started
        self.measured.append((what, seconds, " ".join(said.split())[:300]))
        print(f"{self.name:8} {what:34} {seconds:7.1f} s  {self.measured[-1][2]}", flush=True)

    def vagrant(self, *argv: str) -> str:
        done = subprocess.run(
            ["vagrant", *argv], cwd=self.directory, env=self.environ, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"vagrant {' '.join(argv)} ended with {done.returncode}: {done.stdout[-2000:]}"
        return done.stdout

    def inside(self, command: str, status: int = 0) -> str:
        """Run a command in a login by ssh, and return what it printed."""
        done = subprocess.run(
            ["ssh", "-F", str(self.directory / f"ssh-{self.name}"), self.name, command],
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == status, f"{command}: {done.returncode}: {(done.stdout + done.stderr)[-1500:]}"
        return done.stdout

    # -- the steps ---------------------------------------------------------------------------------------

    def up(self) -> str:
        """With the port taken, so that Vagrant has to take another, and has to say which."""
        first = PORT + (self.name == "v1")
        with socket.create_server(("127.0.0.1", first)):
            said = self.vagrant("up", self.name, "--provider=libvirt", "--no-color")
        return self._address(said, lambda port: port != first)

    def _address(self, said: str, right: Callable[[int], bool] = lambda _: True) -> str:
        found = ADDRESS.findall(said)
        assert found, said[-2000:]
        assert said.rstrip().endswith(found[-1]), f"the address is not what it says last: {said[-500:]}"
        self.course = Course(found[-1])
        # Asked for once: `vagrant ssh` takes seconds to start.
        (self.directory / f"ssh-{self.name}").write_text(self.vagrant("ssh-config", self.name))
        assert right(int(self.course.host.rpartition(":")[2])), found[-1]
        return f"port {self.course.host.rpartition(':')[2]}"

    def service(self) -> str:
        assert ADDRESS.findall(self.vagrant("ssh", self.name, "--no-tty", "-c", "nslab-url")) == [self.course.address]
        shown = self.inside("systemctl show nslab -p User,Delegate,ActiveState,NRestarts,UnitFileState,Restart")
        assert "User=vagrant" in shown
        assert "Delegate=yes" in shown
        assert "UnitFileState=enabled" in shown
        assert "ActiveState=active" in shown
        assert "nslab-url" in self.inside("cat /etc/motd")
        assert self.inside("stat -c '%a %U' /var/lib/nslab/token").split() == ["600", "vagrant"]
        version = "cgroup2fs" if self.name == "default" else "tmpfs"
        assert self.inside("stat -f -c %T /sys/fs/cgroup").split() == [version] or self.name == "v1"
        self.inside("! grep -q cgroup2 /proc/mounts" if self.name == "v1" else "! grep -q ' cgroup rw' /proc/mounts")
        return f"kernel {self.inside('uname -r').strip()}"

    def address(self) -> str:
        assert urllib.request.urlopen(self.course.address, timeout=120).status == 200
        for wrong in ("", "0" * 32):
            with pytest.raises(urllib.error.HTTPError, match="403"):
                self.course.ask("GET", "contents", token=wrong)
        listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines() if " 0A " in line]
        port = f"{int(self.course.host.rpartition(':')[2]):04X}"
        assert [each for each in listening if each.endswith(f":{port}")] == [f"0100007F:{port}"]
        return "200 with the token, 403 without, on 127.0.0.1 alone"

    def restarts(self) -> str:
        """The service is killed; the first lesson, which opens first, is gone just then."""
        self.inside("rm /vagrant/notebooks/00-start-here.ipynb")
        self.inside("sudo kill -KILL $(systemctl show nslab -p MainPID --value)")
        deadline = time.monotonic() + 600
        while self.inside("systemctl is-active nslab || true").strip() != "active" or not self._answers():
            assert time.monotonic() < deadline, "it did not come back"
            time.sleep(2)
        self.inside("test -e /vagrant/notebooks/00-start-here.ipynb")
        return "killed, and back with the same token and the first lesson"

    def fails(self) -> str:
        """The course cannot start: who waits for it is told why, and does not wait for ever."""
        program = "/opt/nslab/venv/bin/nslab"
        self.inside(f"sudo mv {program} {program}-kept; sudo systemctl restart nslab --no-block")
        try:
            said = self.inside("nslab-url 2>&1", status=1)
        finally:
            self.inside(f"sudo mv {program}-kept {program}; sudo systemctl restart nslab")
        assert "The course does not start. Its last words:" in said, said
        assert f"{program}: not found" in said, said
        return "says why, and what to do"

    def _answers(self) -> bool:
        try:
            return bool(self.course.ask("GET", "contents"))
        except OSError:
            return False

    def demo(self, name: str) -> str:
        outputs = self.kernel.execute(DEMO.format(name=name))
        text = "".join(o.get("text", "") for o in outputs)
        assert text.strip(), outputs
        said = json.loads(text)
        assert said.get("holds"), said
        assert name not in BY_ROOT or said["made_on"].startswith("this machine's own kernel, by root (sudo)"), said
        return f"holds, on {said['made_on']}" if said["made_on"] else "holds"

    def demo_as_root(self, name: str) -> str:
        said = json.loads(self.inside(f"sudo nslab demo {name} --json"))
        assert said["holds"], said["failures"]
        return "holds"

    def demo_by_ssh(self, name: str) -> str:
        said = json.loads(self.inside(f"nslab demo {name} --json"))
        assert said["holds"], said["failures"]
        return "holds"

    def lesson(self, name: str) -> str:
        notebook = self.course.run(name)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        shown = "".join(o.get("text", "") or o.get("data", {}).get("text/plain", "") for c in cells for o in c.outputs)
        errors = [o for c in cells for o in c.outputs if o.output_type == "error"]
        assert {e.ename for e in errors} <= {"Unsupported"}, errors
        assert "does not hold" not in shown, re.findall(r".*does not hold.*", shown)
        assert name < "02" or "✓ holds" in shown
        return f"{len(cells)} cells, {len(errors)} of them unsupported" if errors else f"{len(cells)} cells"

    def browser(self) -> str:
        with page() as made:
            made.set_default_timeout(300_000)
            open_notebook(made, self.course.address, "02-uts.ipynb")
            run_all(made, 300)
            assert made.locator("text=holds").count()
            (ROOT / "artifacts").mkdir(exist_ok=True)
            made.screenshot(path=str(ROOT / f"artifacts/vm-{self.name}.png"))
        return "02-uts in Chromium"

    def reset(self) -> str:
        lesson, as_it_came = "03-ipc.ipynb", (self.directory / "notebooks/03-ipc.ipynb").read_bytes()
        self.write(lesson)
        said = self.inside("nslab reset")
        # The browser may have saved what it ran before.
        assert re.search(r"^Restored: (02-uts, )?03-ipc$", said, re.MULTILINE), said
        kept = re.search(r"Your work is in (\S+)", said)[1]  # type: ignore[index]
        assert "mine" in self.inside(f"cat {kept}/{lesson}")
        assert self.inside(f"cat /vagrant/notebooks/{lesson}").encode() == as_it_came
        assert "Nothing to restore" in self.inside("nslab reset")
        return "restored, and the work kept"

    def write(self, name: str) -> None:
        """Save a lesson with a cell more, as JupyterLab does."""
        content = self.course.ask("GET", f"contents/{name}")["content"]
        content["cells"].append(nbformat.v4.new_markdown_cell("mine"))
        self.course.ask("PUT", f"contents/{name}", {"type": "notebook", "format": "json", "content": content})

    def provision(self) -> str:
        said = self.vagrant("provision", self.name, "--no-color")
        assert "nslab: nothing to do." in said, said
        assert " is new" not in said, said
        assert self.name != "v1" or "cgroup v1 is here" in said, said
        return self._address(said)

    def snapshot(self) -> str:
        self.vagrant("snapshot", "save", self.name, "fresh")
        self.write("06-mnt.ipynb")
        said = self.vagrant("snapshot", "restore", self.name, "fresh", "--no-color")
        assert "notebooks/06-mnt.ipynb is copied from the machine to the host" in said, said
        assert "mine" in self.inside("cat /vagrant/notebooks/06-mnt.ipynb")
        token = self.course.token
        self._address(said)
        assert self.course.token == token
        assert self._answers()
        return "restored, and the lessons are as they were"

    def halt(self) -> str:
        self.write("04-pid.ipynb")
        self.write("05-net.ipynb")
        self.inside("echo 1,2 >/vagrant/notebooks/shares.csv")
        outside = self.directory / "notebooks/05-net.ipynb"
        outside.write_text(outside.read_text().replace("Run it", "a correction"))
        self.inside(f"sudo mkdir -p {os.path.dirname(OFFLINE)}; "
                    f"printf '[DHCP]\\nUseGateway=no\\nUseDNS=no\\nUseRoutes=no\\n' | sudo tee {OFFLINE}")  # fmt: skip
        self.vagrant("halt", self.name)
        lessons = self.directory / "notebooks"
        assert "mine" in (lessons / "04-pid.ipynb").read_text(), "the lesson did not come home"
        assert list(lessons.glob("my-work-*/03-ipc.ipynb")), "the work did not come home"
        assert (lessons / "shares.csv").read_text() == "1,2\n", "a file did not come home"
        assert "a correction" in (lessons / "05-net.ipynb").read_text(), "the host's lesson was replaced"
        kept = list(lessons.glob(f"from-{self.name}-*/05-net.ipynb"))
        assert "mine" in kept[0].read_text(), "the machine's lesson is lost"
        return "what the learner wrote came home, also what was changed on both sides"

    def offline(self) -> str:
        token = self.course.token
        self._address(self.vagrant("up", self.name, "--no-color"))
        assert self.course.token == token
        assert self.inside("ip route show default").strip() == "", "it has a network"
        assert "mine" in json.dumps(self.course.ask("GET", "contents/04-pid.ipynb")["content"])
        with self.course.kernel("00-start-here.ipynb") as self.kernel:
            return self.demo("uts") + ", the token is the same"

    def clear_about_what_fails(self) -> str:
        """What provision.sh says without a network and without space, and that it goes on after that."""
        # Put back by hand afterwards, since no network can bring it back.
        status = "/var/lib/dpkg/status"
        self.inside(f"sudo apt-get clean; sudo cp {status} /tmp; sudo dpkg --force-depends -r nftables >/dev/null")
        self._provision_fails("connect the host to one and run: vagrant provision")
        self.inside(f"sudo cp /tmp/status {status}")
        self.inside("sudo mv /opt/nslab/installed /opt/nslab/kept; sudo fallocate -l "
                    "$(( $(df --output=avail -B1 / | tail -n 1) - 400000000 )) /var/full")  # fmt: skip
        self._provision_fails("MiB are free on the VM's disk, and it takes")
        self.inside("sudo rm /var/full; sudo mv /opt/nslab/kept /opt/nslab/installed")
        # As if it had been switched off while dpkg worked.
        self.inside(
            "sudo sed -i '/^Package: nftables$/,/^$/ s/^Status: .*/Status: install ok half-configured/' " + status
        )
        said = self.provision()
        assert "install ok installed" in self.inside("dpkg-query -W -f '${Status}' nftables")
        return said

    def _provision_fails(self, message: str) -> None:
        with pytest.raises(AssertionError, match=re.escape(message)):
            self.vagrant("provision", self.name, "--no-color")

    def destroy(self) -> str:
        self.vagrant("destroy", "-f", self.name)
        assert not self._answers()
        return "nothing is left"

    def all(self) -> None:
        self.step("vagrant up, first time", self.up)
        if self.failed:
            return
        self.step("the service", self.service)
        self.step("the address, with and without token", self.address)
        self.step("the service is killed", self.restarts)
        self.step("the service cannot start", self.fails)
        with self.course.kernel("00-start-here.ipynb") as self.kernel:
            for name in DEMOS:
                self.step(f"demo {name}", lambda name=name: self.demo(name), tries=3)  # type: ignore[misc]
        for name in sorted({*BY_ROOT, "blkio"}):
            self.step(f"sudo nslab demo {name}", lambda name=name: self.demo_as_root(name), tries=3)  # type: ignore[misc]
        for name in ("blkio", "cpu", "cpuset", "memory", "pids", "rules"):
            self.step(f"by ssh: nslab demo {name}", lambda name=name: self.demo_by_ssh(name), tries=3)  # type: ignore[misc]
        for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
            self.step(f"lesson {path.stem}", lambda name=path.name: self.lesson(name), tries=3)  # type: ignore[misc]
        self.step("Chromium", self.browser)
        self.step("nslab reset", self.reset)
        self.step("vagrant provision, again", self.provision)
        self.step("vagrant snapshot", self.snapshot)
        self.step("vagrant halt", self.halt)
        self.step("vagrant up, without a network", self.offline)
        self.step("no network, no space, half installed", self.clear_about_what_fails)
        self.step("vagrant destroy", self.destroy)


def copy_of_the_project(to: Path) -> None:
    """All that git knows or would know, with its history, from which the lessons as they came are taken."""
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(to)], check=True)
    listed = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    for name in subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)


def main(cache: Path, names: list[str]) -> int:
    # A shell has what it starts in the background ignore Ctrl-C; and kill(1) shall leave nothing either.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="nslab-vm-") as temporary, libvirt.running():
        directory = Path(temporary) / "nslab-test"
        copy_of_the_project(directory)
        shutil.copytree(cache / "wheels", directory / "vm/wheels")
        environ = {**os.environ, "VAGRANT_HOME": f"{temporary}/vagrant", "NSLAB_PORT": str(PORT)}
        # The box that the Vagrantfile names, in its version; so the Vagrantfile knows nothing of this one.
        provider = {"name": "libvirt", "url": f"file://{cache / 'debian12.box'}"}
        catalogue = Path(temporary) / "box.json"
        catalogue.write_text(json.dumps({"name": BOX, "versions": [{"version": VERSION, "providers": [provider]}]}))
        machines = [Machine(name, directory, environ) for name in names]
        # The box's image is kept by libvirt; one that was there before is somebody's.
        image = f"{BOX.replace('/', '-VAGRANTSLASH-')}_vagrant_box_image_{VERSION}"
        made = {f"{image}_box.img", f"{image}.img"} - set(libvirt.virsh("vol-list", "--pool", "default"))
        try:
            machines[0].vagrant("box", "add", str(catalogue))
            for machine in machines:
                # What was learnt in the machine before came home.
                shutil.rmtree(directory / "notebooks")
                shutil.copytree(ROOT / "notebooks", directory / "notebooks", ignore=shutil.ignore_patterns(".ipynb_*"))
                machine.all()
        finally:
            for machine in machines:
                subprocess.run(["vagrant", "destroy", "-f", machine.name], cwd=directory, env=environ, check=False)
            # A run beside this one may use the same image.
            if not libvirt.virsh("list", "--all", "--name"):
                for volume in made:
                    libvirt.virsh("vol-delete", "--pool", "default", volume)
    report(machines)
    failed = [each for machine in machines for each in machine.failed]
    print(f"{sum(len(m.measured) for m in machines) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def report(machines: list[Machine]) -> None:
    lines = []
    for machine in machines:
        lines += [f"\nMachine `{machine.name}`, {time.strftime('%Y-%m-%d')}\n", "| what | seconds | |", "|---|---|---|"]
        lines += [f"| {what} | {seconds:.1f} | {said} |" for what, seconds, said in machine.measured]
    (ROOT / "artifacts").mkdir(exist_ok=True)
    (ROOT / "artifacts/vm.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:] or MACHINES))
