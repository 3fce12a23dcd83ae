"""User-mode Linux: a Linux kernel that is a program (Documentation/virt/uml/user_mode_linux_howto_v2.rst)."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nslab.errors import Unsupported

PACKAGE = "sudo apt-get install --no-install-recommends user-mode-linux kmod"
PLACES = f"{os.defpath}:/usr/sbin:/sbin:/usr/local/bin"

XSTATE = Path(__file__).with_name("xstate.c")


@dataclass(frozen=True)
class Image:
    """The program: where it is, its release, and which symbols of Kconfig are on in it ("UTS_NS", …)."""

    path: str
    release: str
    symbols: frozenset[str]

    def missing(self, wanted: Iterable[str]) -> list[str]:
        """Those of the symbols that are not on in it."""
        return [symbol for symbol in wanted if symbol not in self.symbols]


@cache
def image() -> Image:
    """The program that this machine has. Raises `nslab.Unsupported` where there is none."""
    if platform.machine() != "x86_64":
        raise Unsupported("a second kernel", f"user-mode Linux is for x86-64, and this is {platform.machine()}",
                          "use the VM: vagrant up")  # fmt: skip
    if "User Mode Linux" in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace"):
        raise Unsupported("a second kernel", "this one is a second kernel already", "run it on the machine itself")
    path = shutil.which("linux.uml", path=PLACES)
    if path is None or shutil.which("insmod", path=PLACES) is None:
        missing = "linux.uml" if path is None else "insmod"
        raise Unsupported("a second kernel", f"the program {missing} is not installed", PACKAGE)
    config = _told(path, "--showconfig")
    return Image(path, _told(path, "--version").strip(), frozenset(re.findall(r"^CONFIG_(\w+)=[ym]$", config, re.M)))


def is_there() -> bool:
    """Whether this machine has the program."""
    try:
        image()
    except Unsupported:
        return False
    return True


def preload(directory: Path) -> str:
    """What has to be preloaded on this CPU, made in that directory; empty where nothing has to (see xstate.c).

    Raises `nslab.Unsupported` where it would have to be made, and there is no compiler.
    """
    if " amx_tile " not in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace"):
        return ""
    made = directory / "xstate.so"
    try:
        subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-o", made, XSTATE], check=True, capture_output=True)
    except FileNotFoundError:
        why = "this CPU has more registers (AMX) than user-mode Linux knows of, and what hides them has to be compiled"
        raise Unsupported("a second kernel", why, "sudo apt-get install gcc libc6-dev") from None
    return str(made)


def _told(path: str, option: str) -> str:
    return subprocess.run([path, option], capture_output=True, text=True, check=True, timeout=10).stdout
