"""Run the command nslab in a situation, and read what it says."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[2])
NSLAB = (sys.executable, "-m", "nslab")
USER = () if os.geteuid() else ("setpriv", "--reuid", "1234", "--regid", "1234", "--clear-groups", "--inh-caps=-all")
"""An ordinary user, who has no systemd and to whom nothing is delegated."""


@dataclass(frozen=True)
class Told:
    """What a command said, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """All of it on one line, as a narrow terminal breaks lines where it likes."""
        return " ".join((self.out + self.err).split())

    @property
    def found(self) -> dict:
        """What it printed as JSON."""
        return json.loads(self.out)

    @property
    def notes(self) -> str:
        return " ".join(self.found["notes"])


def nslab(*argv: str, within: Sequence[str] = (), before: str = "", statuses: Sequence[int] = (0, 69), **how) -> Told:
    """Run `nslab ARGV` below the command `within`, after the shell's lines `before`.

    Whatever the situation, it ends with one of `statuses`, and with no traceback. Mounts are private to `within`.
    """
    command = [*NSLAB, *argv]
    if before:
        command = ["/bin/sh", "-ec", f"{before}\nexec {shlex.join(command)}"]
    done = subprocess.run([*within, *command], capture_output=True, text=True, errors="surrogateescape", timeout=120,
                          cwd=ROOT, **how)  # fmt: skip
    told = Told(done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stdout + done.stderr, told.err
    assert told.status in statuses, (told.status, told.out, told.err)
    return told


def filtered(error: str, *names: str) -> tuple[str, ...]:
    """The command below which these system calls get this error."""
    return (sys.executable, "-m", "tests.cases.filtered", error, ",".join(names))


def mounting(script: str) -> tuple[str, ...]:
    """The command below which a mount namespace is private and the shell's lines in `script` have been run as root."""
    return ("unshare", "--mount", "/bin/sh", "-ec", f'{script}\nexec "$@"', "sh")


CHROOT = (
    *mounting(f"""
mount -t tmpfs tmpfs /mnt
mkdir /mnt/root /mnt/root/mnt
for each in usr bin sbin lib lib64 etc dev tmp run proc sys var; do
    if [ -L /$each ]; then cp -P /$each /mnt/root/$each
    elif [ -d /$each ]; then mkdir /mnt/root/$each; mount --rbind /$each /mnt/root/$each
    fi
done
for each in {shlex.quote(ROOT)} {shlex.quote(sys.prefix)}; do
    [ -d "/mnt/root$each" ] || {{ mkdir -p "/mnt/root$each"; mount --rbind "$each" "/mnt/root$each"; }}
done
cd /
"""),
    "chroot", "/mnt/root",
)  # fmt: skip
"""The command below which the root directory is no mount point."""
