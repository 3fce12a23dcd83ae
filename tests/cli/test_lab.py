"""`nslab lab`: JupyterLab on the first lesson, and nothing left of it afterwards."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from nslab.lab.upkeep import registry
from nslab.linux import process
from tests.terminal import Terminal

NAME = f"test-lab-{os.getpid()}"

pytestmark = pytest.mark.long

# Not the port of another run of these tests that starts at the same moment.
LAB = [sys.executable, "-m", "nslab", "lab", "--no-browser", "--port", str(20_000 + os.getpid() % 10_000)]
ADDRESS = r"http://127\.0\.0\.1:(\d+)(/\S+)\?token=(\w+)"


class Lab(Terminal):
    def __init__(self, directory, **environ):
        self.directory = directory
        environ |= {"JUPYTER_RUNTIME_DIR": f"{directory}/runtime", "JUPYTER_CONFIG_DIR": f"{directory}/config"}
        started = time.monotonic()
        super().__init__(LAB, columns=200, env=environ)
        found = self.expect(ADDRESS, 60)
        self.seconds = time.monotonic() - started
        self.address, self.port, self.path, self.token = found[0], int(found[1]), found[2], found[3]

    def get(self, path, token=None, data=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=data)
        if token:
            request.add_header("Authorization", f"token {token}")
        return urllib.request.urlopen(request, timeout=20)

    def run_in_a_kernel(self, code):
        from jupyter_client import BlockingKernelClient

        kernel = json.load(self.get("/api/kernels", self.token, b'{"name": "python3"}'))["id"]
        client = BlockingKernelClient(connection_file=f"{self.directory}/runtime/kernel-{kernel}.json")
        client.load_connection_file()
        # On a busy machine no beat of its heart may come within a second, which is taken for its death.
        client.hb_channel.time_to_dead = 30
        client.start_channels()
        try:
            client.wait_for_ready(30)
            reply = client.execute_interactive(code, timeout=30)
            assert reply["content"]["status"] == "ok", reply["content"]
        finally:
            client.stop_channels()


@pytest.fixture
def lab(tmp_path):
    with Lab(tmp_path) as lab:
        yield lab
        if process.runs(lab.pid):
            lab.type("\x03")
            lab.status(30)


@pytest.mark.measured
def test_the_address_that_it_prints_answers(lab, tmp_path):
    assert lab.path == "/lab/tree/00-start-here.ipynb"
    assert urllib.request.urlopen(lab.address, timeout=20).status == 200
    assert json.load(lab.get("/api/contents/00-start-here.ipynb?content=0", lab.token))["type"] == "notebook"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        lab.get("/api/contents")
    assert lab.token not in Path(f"/proc/{process.children(lab.pid)[0]}/cmdline").read_text()
    listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines() if " 0A " in line]
    assert f"0100007F:{lab.port:04X}" in listening
    assert f"00000000:{lab.port:04X}" not in listening
    lab.type("\x03")
    assert lab.status(30) == 0
    seconds = lab.seconds
    if seconds > 5:  # the first start in a new .venv compiles; it is the second that counts
        with Lab(tmp_path) as again:
            seconds = again.seconds
            again.type("\x03")
            again.status(30)
    assert seconds < 5


@pytest.mark.parametrize(
    "how", ["Ctrl-C", *(pytest.param(each, marks=pytest.mark.any_user) for each in (signal.SIGTERM, signal.SIGHUP))]
)
def test_it_ends_at_once_with_everything_that_a_lesson_made(lab, how):
    lab.run_in_a_kernel(f"import nslab; box = nslab.Sandbox(pid=True, name='{NAME}'); box.run('sleep 99 >&- 2>&- &')")
    assert NAME in [e.name for e in registry.entries()]
    below = process.descendants(lab.pid)
    assert len(below) >= 5
    if how == "Ctrl-C":
        lab.type("\x03\x03")
    else:
        os.kill(lab.pid, how)
    assert lab.status(30) == 0
    lab.expect("Everything has ended and is cleaned up")
    assert [pid for pid in below if process.runs(pid)] == []
    assert NAME not in [e.name for e in registry.entries()]


def test_a_taken_port_is_told_where_no_other_will_do():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run([*LAB[:-1], port, "--port-retries", "0"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Error: port {port} is taken: give another with --port, or end what uses it (ss -ltnp)\n"


@pytest.mark.any_user
def test_a_taken_port_is_passed_over(lab, tmp_path):
    with Lab(tmp_path / "second") as second:
        assert second.port > lab.port
        second.type("\x03")
        assert second.status(30) == 0


@pytest.mark.pure
def test_a_kept_token_is_made_once_and_for_its_owner_alone(tmp_path):
    from nslab.cli.lab import _kept_token

    file = tmp_path / "token"
    token = _kept_token(file)
    assert re.fullmatch(r"\w{32}", token)
    assert file.stat().st_mode & 0o777 == 0o600
    assert _kept_token(file) == token


@pytest.mark.pure
@pytest.mark.parametrize(
    ("argv", "status", "message"),
    [
        (["--token-file", "{tmp}/no/such/token"], 1, "--token-file {tmp}/no/such/token: No such file or directory"),
        (["--token-file", "{tmp}/empty"], 1, "holds no token (16 letters or digits, or more): remove it"),
        (["--ip", "no.such.address.invalid"], 2, "'no.such.address.invalid' is no address"),
    ],
)
def test_bad_options_are_named(argv, status, message, tmp_path):
    (tmp_path / "empty").touch()
    done = subprocess.run(
        LAB + [each.format(tmp=tmp_path) for each in argv], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == status
    assert message.format(tmp=tmp_path) in done.stderr


def test_it_tells_systemd_when_it_answers(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as service:
        service.bind(str(tmp_path / "notify"))
        service.settimeout(60)
        with Lab(tmp_path, NOTIFY_SOCKET=str(tmp_path / "notify")) as lab:
            assert service.recv(100) == b"READY=1"
            lab.type("\x03")
            assert lab.status(30) == 0


def test_without_the_notebooks_it_says_where_they_come_from(tmp_path):
    package = Path(__file__).resolve().parents[2] / "nslab"
    shutil.copytree(package, tmp_path / "nslab", ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(LAB, capture_output=True, text=True, timeout=30, cwd=tmp_path)
    assert done.returncode == 1
    assert "Where nslab was installed by pip, 'nslab lab' brings the lessons" in done.stderr
    assert "in a clone run 'make lab'; or name their directory with --notebooks" in done.stderr
