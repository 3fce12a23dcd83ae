"""A root file system without a network: of busybox-static where there is one, else of this machine's own programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from nslab.errors import Unsupported

DIRECTORIES = (
    "bin", "dev", "etc", "home", "lib", "lib64", "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr/bin",
    "usr/sbin", "usr/lib", "var/log", "var/tmp",
)  # fmt: skip
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
    "etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "etc/os-release": 'NAME="nslab"\nPRETTY_NAME="a root file system made by nslab"\nID=nslab\n',
}
PROGRAMS = (
    "sh", "cat", "ls", "echo", "id", "env", "ps", "hostname", "mount", "umount", "grep", "sleep", "true", "false",
    "ip", "ping", "kill", "stat", "readlink", "touch", "mkdir", "rm", "chmod", "chown", "dd", "wc", "head", "tail",
    "ln", "uname", "test", "sort", "tr", "cut", "date", "df", "find", "unshare", "chroot", "mknod",
)  # fmt: skip
"""Taken from this machine where there is no busybox, with the libraries that they name; some may be missing here."""


def make(directory: str | os.PathLike[str]) -> str:
    """Make a root file system in a directory that is empty, or is not there; return what it was made of.

    Raises FileExistsError for one that has something in it, `nslab.Unsupported` where this machine has neither busybox
    nor a shell, OSError.
    """
    top = Path(directory)
    if top.exists() and (not top.is_dir() or any(top.iterdir())):
        raise FileExistsError(
            f"directory={str(directory)!r} has something in it: give one that is empty, or is not there"
        )
    there = top.exists()
    top.mkdir(parents=True, exist_ok=True)
    try:
        for name in DIRECTORIES:
            (top / name).mkdir(parents=True, exist_ok=True)
        (top / "tmp").chmod(0o1777)
        (top / "var/tmp").chmod(0o1777)
        for name, text in FILES.items():
            (top / name).write_text(text, encoding="utf-8")
        return _of_busybox(top) or _of_this_machine(top)
    except BaseException:
        shutil.rmtree(top, ignore_errors=True)
        if there:
            top.mkdir()
        raise


def _of_busybox(top: Path) -> str:
    busybox = shutil.which("busybox")
    if busybox is None or _libraries(busybox):
        return ""  # none, or one that needs libraries
    shutil.copy2(busybox, top / "bin/busybox")
    listed = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for name in listed:
        if name != "busybox" and not (top / "bin" / name).exists():
            (top / "bin" / name).symlink_to("busybox")
    return f"{busybox}, with {len(listed)} commands"


def _of_this_machine(top: Path) -> str:
    found = {name: path for name in PROGRAMS if (path := shutil.which(name))}
    if "sh" not in found:
        raise Unsupported("a root file system", "there is neither busybox nor sh on the PATH",
                          "sudo apt-get install busybox-static")  # fmt: skip
    libraries: set[str] = set()
    for name, path in found.items():
        shutil.copy2(path, top / "bin" / name)
        libraries |= set(_libraries(path))
    for library in libraries:
        # Where the program looks for it; the loader's own path is in the program.
        to = top / library.lstrip("/")
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(library, to)
    return f"{len(found)} programs of this machine, with {len(libraries)} libraries"


def _libraries(program: str) -> list[str]:
    """The shared libraries that a program needs, and its loader (ldd(1)); none for a static one, or a script."""
    done = subprocess.run(["ldd", program], capture_output=True, text=True)
    words = [word for line in done.stdout.splitlines() for word in line.split() if word.startswith("/")]
    return [word for word in words if os.path.exists(word)] if done.returncode == 0 else []
