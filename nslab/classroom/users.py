"""The learners' users: made for a class, told by its group, and never one that was there before."""

from __future__ import annotations

import grp
import pwd
import secrets
import shutil
import subprocess
from pathlib import Path

from nslab.classroom.places import GROUP, HOMES, PREFIX, user_of

COMMENT = "a learner of nslab"
EXPIRED = "1970-01-02"
"""The day since which the account has expired: to ssh(1), cron(8) and login(1) it is none. The hub's own PAM service
asks for the password alone (hub_config.py)."""
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Those of a first password: none that is taken for another on a board."""


def learners() -> dict[str, pwd.struct_passwd]:
    """Learner → the user that was made for him, of all that there are."""
    try:
        members = grp.getgrnam(GROUP).gr_mem
    except KeyError:
        return {}
    found = {}
    for name in members:
        entry = _entry(name)
        if entry is not None and is_ours(entry):
            found[name.removeprefix(PREFIX)] = entry
    return dict(sorted(found.items()))


def is_ours(entry: pwd.struct_passwd) -> bool:
    """Whether a user was made by make(): by its name, its comment, its home, and its group."""
    return (
        entry.pw_name.startswith(PREFIX)
        and entry.pw_gecos == COMMENT
        and Path(entry.pw_dir) == HOMES / entry.pw_name.removeprefix(PREFIX)
        and entry.pw_name in grp.getgrnam(GROUP).gr_mem
    )


def of_uid(uid: int) -> str | None:
    """The learner whose user has this number; None for anybody else."""
    return next((learner for learner, entry in learners().items() if entry.pw_uid == uid), None)


def group_id() -> int:
    """The number of the group of all learners. Raises KeyError where there is no class."""
    return grp.getgrnam(GROUP).gr_gid


def make_group() -> None:
    """Make the group, where it is not there. Raises RuntimeError."""
    run("groupadd", "--system", "--force", GROUP)


def make(learner: str) -> str:
    """Make a learner's user, with a home that is closed to others; return his first password, "" where he was there.

    Raises RuntimeError where a user of that name is somebody else's: it is left as it is.
    """
    name, home = user_of(learner), HOMES / learner
    if learner in learners():
        return ""
    if _entry(name) is not None:
        raise RuntimeError(f"the user {name} was there before the class, and is left alone: "
                           f"give the learner {learner!r} another name")  # fmt: skip
    if home.exists() or home.is_symlink():
        raise RuntimeError(f"{home} is there, and is no learner's: move it away, or give the learner another name")
    HOMES.mkdir(mode=0o755, parents=True, exist_ok=True)
    run("useradd", "--system", "--user-group", "--groups", GROUP, "--home-dir", str(home), "--create-home",
        "--skel", "/dev/null", "--key", "HOME_MODE=0700", "--shell", "/usr/sbin/nologin",
        "--comment", COMMENT, name)  # fmt: skip
    # useradd(8) leaves it out for a system's account.
    run("usermod", "--expiredate", EXPIRED, name)
    return new_password(learner)


def new_password(learner: str) -> str:
    """Give a learner another password, and return it; it is kept in /etc/shadow alone, as every user's is."""
    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
    run("chpasswd", told=f"{user_of(learner)}:{password}\n")
    return password


def remove(learner: str) -> None:
    """Remove a learner's user and home. Raises RuntimeError: it is none that was made here, or has processes."""
    entry = learners().get(learner)
    if entry is None:
        raise RuntimeError(f"{user_of(learner)} is no learner's user, and is left alone")
    run("userdel", entry.pw_name)
    shutil.rmtree(entry.pw_dir)


def remove_group() -> None:
    """Remove the group, where nobody is in it any more. Raises RuntimeError."""
    try:
        if grp.getgrnam(GROUP).gr_mem:
            return
    except KeyError:
        return
    run("groupdel", GROUP)


def run(*command: str, told: str | None = None) -> str:
    """What a program of the system's prints. Raises RuntimeError with what it complains of."""
    try:
        done = subprocess.run(command, input=told, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise RuntimeError(f"{command[0]} is not installed, and a class needs it") from None
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or f'it ended with {done.returncode}'}")
    return done.stdout


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
