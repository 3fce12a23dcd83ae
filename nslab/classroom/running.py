"""A class as it runs: up, down, who comes and who goes, and how each part is."""

from __future__ import annotations

import pwd
import secrets
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from nslab.cgroups.core.units import shown_size
from nslab.classroom import places, ready, units, users
from nslab.classroom.hub_config import BOARD, BOARD_TOKEN, PAM_TEXT
from nslab.classroom.settings import Settings, checked_learner, read
from nslab.lab.upkeep.cgroup_cleanup import wait_until

PATIENCE = 90.0
"""Seconds within which the hub answers; a slow machine takes ten."""


@dataclass(frozen=True)
class Up:
    """What up() made so: addresses, the first passwords of those who are new, and who is not in the file any more."""

    address: str
    board: str
    passwords: dict[str, str]
    others: tuple[str, ...]


@dataclass(frozen=True)
class Learner:
    """One learner as systemd sees him: `memory` in bytes and `tasks` are of now, 0 where he is not signed in."""

    name: str
    running: bool
    memory: int
    tasks: int
    listed: bool
    teacher: bool = False

    @property
    def note(self) -> str:
        """What there is to know of him beside."""
        return "the teacher" if self.teacher else "" if self.listed else "not in class.toml"


@dataclass(frozen=True)
class Status:
    """Each service of the class with what systemd says of it ("active", "failed", …), and the learners."""

    services: dict[str, str]
    learners: tuple[Learner, ...]

    @property
    def ok(self) -> bool:
        """Whether all services run."""
        return all(state == "active" for state in self.services.values())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"ok": self.ok, "services": self.services, "learners": [asdict(each) for each in self.learners]}

    def __rich__(self) -> Any:
        from rich.console import Group

        from nslab.show import terminal

        services = [(name, state) for name, state in self.services.items()]
        rows = [
            (each.name, "signed in" if each.running else "", shown_size(each.memory) if each.running else "",
             str(each.tasks) if each.running else "", each.note)
            for each in self.learners
        ]  # fmt: skip
        return Group(
            terminal.table("The class", ("service", "state"), services),
            terminal.table("Learners", ("learner", "", "memory", "tasks", ""), rows),
        )


def init(path: Path = places.SETTINGS) -> Path:
    """Write class.toml. Raises FileExistsError where there is one, OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    from nslab.classroom.settings import template

    with path.open("x", encoding="utf-8") as file:
        file.write(template())
    return path


def up() -> Up:
    """Have the class be as its file says; what is so already stays.

    Who is not in the file any more cannot sign in, and stays until remove(). Raises `nslab.Unsupported`, ValueError,
    RuntimeError.
    """
    ready.demand()
    settings = read(places.SETTINGS)
    _state()
    users.make_group()
    passwords = {who: users.make(who) for who in settings.people}
    changed = _write(places.PAM, PAM_TEXT)
    for unit, text in units.texts(settings).items():
        changed |= _write(places.UNITS / f"{unit}.service", text)
    changed |= _write(places.STATE / "hub.toml", places.SETTINGS.read_text(encoding="utf-8"))
    users.run("systemctl", "daemon-reload")
    users.run("systemctl", "enable", "--quiet", *(f"{each}.service" for each in places.SERVICES))
    # The hub reads its settings when it starts; learners' servers are services of their own, and go on.
    users.run("systemctl", "restart" if changed else "start", *(f"{each}.service" for each in places.SERVICES))
    _await_hub(settings)
    others = tuple(sorted(set(users.learners()) - set(settings.people)))
    return Up(
        address(settings),
        address(settings).rstrip("/") + BOARD,
        {who: word for who, word in passwords.items() if word},
        others,
    )


def down() -> list[str]:
    """End the class: its services, its learners' servers, their users and homes; return who they were.

    The record of marks and its key stay, and so does class.toml. Raises RuntimeError.
    """
    learners = list(users.learners())
    _stop(places.SERVICES[::-1])
    for learner in learners:
        remove(learner)
    users.remove_group()
    for unit in places.SERVICES:
        (places.UNITS / f"{unit}.service").unlink(missing_ok=True)
    places.PAM.unlink(missing_ok=True)
    users.run("systemctl", "daemon-reload")
    shutil.rmtree(places.HUB, ignore_errors=True)
    shutil.rmtree(places.SCENES, ignore_errors=True)
    shutil.rmtree(places.RUNTIME, ignore_errors=True)
    shutil.rmtree(places.FROZEN, ignore_errors=True)
    for path in (places.STATE / "hub.toml", places.PROXY_TOKEN, places.BOARD_ENV, places.LINKS):
        path.unlink(missing_ok=True)
    if places.HOMES.is_dir() and not any(places.HOMES.iterdir()):
        places.HOMES.rmdir()
    return learners


def add(learner: str) -> str:
    """Have one more learner, who is written to class.toml; return his first password. Raises as up()."""
    checked_learner(learner)
    ready.demand()
    settings = read(places.SETTINGS)
    if learner == settings.teacher:
        raise ValueError(f"learner {learner!r}: that is the teacher's name; give the learner another")
    if learner in settings.learners:
        raise ValueError(f"learner {learner!r}: {places.SETTINGS} has it already; nslab class up makes the user")
    _listed([*_own(settings), learner])
    return up().passwords.get(learner, "")


def remove(learner: str) -> None:
    """End a learner's server, and remove his user and home; the marks stay. Raises ValueError, RuntimeError."""
    entry = users.learners().get(learner)
    if entry is None:
        there = ", ".join(users.learners()) or "nobody"
        raise ValueError(f"learner {learner!r}: no user of the class has this name; these are there: {there}")
    _stop([places.unit_of(learner)])
    left = _processes(entry)
    if not wait_until(lambda: not _processes(entry), 10):
        raise RuntimeError(f"processes of {entry.pw_name} have not ended: {', '.join(map(str, left))}; "
                           f"ps -fu {entry.pw_name} shows them")  # fmt: skip
    users.remove(learner)
    shutil.rmtree(places.SCENES / learner, ignore_errors=True)


def unlist(learner: str) -> None:
    """Take a learner's name out of class.toml. Raises ValueError where a file lists him."""
    settings = read(places.SETTINGS)
    if learner == settings.teacher:
        raise ValueError(f"learner {learner!r}: that is the teacher, who goes with the class: nslab class down")
    if learner in settings.learners:
        own = _own(settings)
        if learner not in own:
            raise ValueError(f"learner {learner!r}: the learners_file of {places.SETTINGS} has it; take it out there")
        _listed([each for each in own if each != learner])


def status() -> Status:
    """How the class is. Raises FileNotFoundError where there is no class.toml."""
    settings = read(places.SETTINGS)
    listed = settings.people
    services = {unit: _shown(unit, "ActiveState")["ActiveState"] for unit in places.SERVICES}
    found = []
    for name in sorted({*listed, *users.learners()}):
        said = _shown(places.unit_of(name), "ActiveState", "MemoryCurrent", "TasksCurrent")
        running = said["ActiveState"] == "active"
        memory, tasks = (int(said[key]) if running and said[key].isdecimal() else 0
                         for key in ("MemoryCurrent", "TasksCurrent"))  # fmt: skip
        found.append(Learner(name, running, memory, tasks, name in listed, name == settings.teacher))
    return Status(services, tuple(found))


def log_command(learner: str, lines: int, follow: bool) -> list[str]:
    """The journalctl(1) that shows what the services of the class, or a learner's, have said. Raises ValueError."""
    if learner and learner not in {*users.learners(), *read(places.SETTINGS).learners}:
        raise ValueError(f"learner {learner!r}: no learner of the class has this name")
    shown = [places.unit_of(learner)] if learner else places.SERVICES
    chosen = [word for unit in shown for word in ("--unit", f"{unit}.service")]
    return ["journalctl", "--no-pager", "--output=short-iso", f"--lines={lines}", *chosen, *(["--follow"] * follow)]


def address(settings: Settings) -> str:
    """What learners open in a browser."""
    from socket import gethostname

    host = settings.address if settings.address not in ("0.0.0.0", "::") else gethostname()
    return f"http{'s' if settings.tls_key else ''}://{f'[{host}]' if ':' in host else host}:{settings.port}/"


def _state() -> None:
    places.STATE.mkdir(mode=0o700, parents=True, exist_ok=True)
    for directory in (places.HUB, places.SCENES):
        directory.mkdir(mode=0o700, exist_ok=True)
    for path, text in ((places.KEY, secrets.token_hex(32)),
                       (places.PROXY_TOKEN, f"CONFIGPROXY_AUTH_TOKEN={secrets.token_hex(32)}"),
                       (places.BOARD_ENV, f"{BOARD_TOKEN}={secrets.token_hex(32)}")):  # fmt: skip
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(text + "\n", encoding="ascii")


def _write(path: Path, text: str) -> bool:
    """Have a file say this; return whether it did not."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.write_text(text, encoding="utf-8")
    return True


def _await_hub(settings: Settings) -> None:
    """Wait until learners reach the hub: it answers itself before its proxy knows the way."""
    import ssl
    from urllib.request import HTTPSHandler, ProxyHandler, build_opener

    here = settings.address if settings.address not in ("0.0.0.0", "::") else "127.0.0.1"
    asked = address(replace(settings, address=here)) + "hub/api"
    # It is asked whether it answers, and not who it is: the certificate has the name that learners use.
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=ssl._create_unverified_context()))

    def answers() -> bool:
        try:
            with opener.open(asked, timeout=5) as said:
                return bool(said.status == 200)
        except OSError:
            return False

    if not wait_until(answers, PATIENCE):
        raise RuntimeError(f"the hub did not answer within {PATIENCE:.0f} s: nslab class logs tells why")


def _stop(names: Iterable[str]) -> None:
    for name in names:
        if _shown(name, "LoadState")["LoadState"] != "not-found":
            users.run("systemctl", "stop", f"{name}.service")
            subprocess.run(["systemctl", "disable", "--quiet", f"{name}.service"], capture_output=True, check=False)


def _shown(unit: str, *properties: str) -> dict[str, str]:
    said = users.run("systemctl", "show", f"{unit}.service", f"--property={','.join(properties)}")
    return dict(line.split("=", 1) for line in said.splitlines())


def _processes(entry: pwd.struct_passwd) -> list[int]:
    """The processes of a user; those of a learner end with his service, whose cgroup they cannot leave."""
    from nslab.linux import nsfs, process

    found = []
    for pid in nsfs.processes():
        try:
            if process.status(pid)["Uid"].split()[0] == str(entry.pw_uid) and process.runs(pid):
                found.append(pid)
        except OSError:
            continue  # it has ended
    return found


def _own(settings: Settings) -> list[str]:
    """The learners whom class.toml itself names."""
    import tomllib

    listed = tomllib.loads(places.SETTINGS.read_text(encoding="utf-8")).get("learners", [])
    return [each for each in settings.learners if each in listed]


def _listed(names: list[str]) -> None:
    """Write the list of learners to class.toml, and leave every other line as it is."""
    import json
    import re

    text = places.SETTINGS.read_text(encoding="utf-8")
    line = f"learners = {json.dumps(names)}"
    changed, count = re.subn(r"^learners\s*=\s*\[[^\]]*\]", line, text, count=1, flags=re.MULTILINE)
    partial = places.SETTINGS.with_suffix(".partial")
    partial.write_text(changed if count else f"{line}\n{text}", encoding="utf-8")
    partial.replace(places.SETTINGS)
