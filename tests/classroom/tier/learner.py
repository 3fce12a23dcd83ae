"""A learner as the tests are one: his browser, and programs in his service with his rights."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

from nslab.classroom import places

BASE = "http://127.0.0.1:8000"
PATIENCE = 180
"""Seconds; a second kernel has one slow CPU."""


def nslab(*words, check=True):
    """A command of root's."""
    done = subprocess.run([sys.executable, "-m", "nslab", *words], capture_output=True, text=True, timeout=PATIENCE)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def until(condition, seconds=PATIENCE):
    """What a condition says in the end: it is asked again until it is true."""
    deadline = time.monotonic() + seconds
    while not (said := condition()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return said


class Learner:
    """`name` and `password` are for the hub; `run()` is for what he does in his notebook or terminal."""

    def __init__(self, name, password):
        self.name, self.password = name, password
        self.web = requests.Session()

    def sign_in(self, password=None):
        """Whether the hub lets him in."""
        self.web.get(f"{BASE}/hub/login", timeout=PATIENCE)
        form = {"username": self.name, "password": password or self.password,
                "_xsrf": self.web.cookies.get("_xsrf", path="/hub/")}  # fmt: skip
        answer = self.web.post(f"{BASE}/hub/login?next=/hub/home", data=form, timeout=PATIENCE)
        return answer.status_code == 200 and answer.url.endswith("/hub/home")

    def start(self):
        """Have his server started, and wait for its JupyterLab; return the status of its page."""
        self.web.get(f"{BASE}/hub/spawn", timeout=PATIENCE)

        def page():
            answer = self.web.get(f"{BASE}/user/{self.name}/lab", timeout=PATIENCE)
            return answer.status_code if "/hub/" not in answer.url else 0

        return until(page)

    def get(self, path):
        """What a page of the class says to his browser."""
        return self.web.get(f"{BASE}{path}", timeout=PATIENCE)

    def shown(self, what):
        """What systemd says of his service."""
        unit = f"{places.unit_of(self.name)}.service"
        shown = ["systemctl", "show", "--value", f"--property={what}", unit]
        return subprocess.run(shown, capture_output=True, text=True).stdout.strip()

    @property
    def home(self):
        return places.HOMES / self.name

    @property
    def cgroup(self):
        return Path(f"/sys/fs/cgroup{self.shown('ControlGroup')}")

    def run(self, command, env=()):
        """A shell command of his: in his cgroup, his mount namespace, with his user and no privileges to gain."""
        # nsenter(1) is root's; what comes after setpriv(1) is as his terminal's shell is.
        user = places.user_of(self.name)
        become = ["nsenter", "--mount", "--uts", "--ipc", "--target", self.shown("MainPID"), "setpriv",
                  f"--reuid={user}", f"--regid={user}", "--init-groups", "--no-new-privs", "env", "-i",
                  f"HOME={self.home}", f"PATH={Path(sys.executable).parent}:/usr/bin:/bin:/usr/sbin", *env,
                  "bash", "-c", command]  # fmt: skip
        moved = f'echo $$ >{self.cgroup}/nslab-own/cgroup.procs; cd /; exec "$@"'
        # Files and no pipes: what goes on in the background has them open, too.
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
            whole = ["bash", "-c", moved, "-", *become]
            done = subprocess.run(whole, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, timeout=PATIENCE)
            for each in (out, errors):
                each.seek(0)
            return subprocess.CompletedProcess(command, done.returncode, out.read(), errors.read())

    def nslab(self, *words, env=()):
        """A command of the course, as in his terminal."""
        return self.run(f"python -m nslab {' '.join(words)}", env)
