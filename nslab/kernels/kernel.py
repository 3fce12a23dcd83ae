"""A second kernel that runs: started once for each version of cgroups, and there until the session ends."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nslab.errors import Unsupported
from nslab.kernels.uml import PLACES, image, preload
from nslab.lab.client.child import Child
from nslab.lab.client.host import host
from nslab.lab.server import inside
from nslab.lab.server.prepare import Setup
from nslab.lab.upkeep import cleanup, registry
from nslab.linux import files, nodes

START = 90.0
"""Seconds within which it has to be ready; it takes some 3 s on a quiet machine."""
LONGEST = 900.0
"""Seconds within which an experiment has to answer; the longest takes some 40 s there."""
END = 3.0
"""Seconds within which it has to switch itself off."""
MEMORY = 1536
"""MiB, the most that it may use; what it does not use, it does not take."""
DISK, SWAP = 64, 96
"""MiB of its disk and of what it swaps to, which are files with holes."""
HERE = Path(__file__).parent


class Kernel:
    """User-mode Linux on this machine's own files, which it can read and not write, with root inside.

    `version` is that of its cgroups, "v1" or "v2"; `seconds` how long it took to start. Raises `nslab.Unsupported`
    where there is none, or where it does not start.
    """

    def __init__(self, version: str) -> None:
        self.version, self._image = version, image()
        self._directory = registry.directory() / host().session / f"kernel-{version}"
        self._asked = 0
        self._child: Child | None = None
        self._in = self._out = -1
        began = time.monotonic()
        try:
            self._prepare()
            self._child = host().spawn(Setup(cwd="/"), inside.Exec(("/bin/sh", "-c", self._command())))
            if self._line(START) != "ready":
                raise Unsupported("a second kernel", f"it did not start: {self._last_words()}",
                                  "nslab doctor --json tells what to send to whoever helps you")  # fmt: skip
        except BaseException:
            self.close()
            raise
        self.seconds = time.monotonic() - began

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._child is not None and self._child.alive

    @property
    def name(self) -> str:
        """What it is, in words."""
        return f"user-mode Linux {self._image.release}, cgroup {self.version}"

    def call(self, module: str, function: str, options: dict[str, Any]) -> dict[str, Any]:
        """Call a function there; return {"evidence": …}, or how it was refused, or how it failed."""
        self._asked += 1
        number = self._asked
        request = {"module": module, "function": function, "options": options}
        (self._directory / f"request-{number}.json").write_text(json.dumps(request), encoding="utf-8")
        try:
            self._tell(str(number))
            if self._line(LONGEST) != str(number):
                how = f"it did not answer within {LONGEST:.0f} s" if self.alive else f"it ended: {self._last_words()}"
                raise Unsupported("the answer of the second kernel", how, "run it again: that starts another one")
            return dict(json.loads((self._directory / f"answer-{number}.json").read_text(encoding="utf-8")))
        except BaseException:
            # What it still does would be taken for the answer to the next one.
            self.end()
            self.close()
            raise

    def close(self) -> None:
        """Switch it off, and remove its directory."""
        child, self._child = self._child, None
        if child is not None and child.alive:
            self._tell("off")
            try:
                child.wait(END)
            except TimeoutError:
                _kill(child)
        for fd in (self._in, self._out):
            if fd >= 0:
                os.close(fd)
        self._in = self._out = -1
        shutil.rmtree(self._directory, ignore_errors=True)

    def end(self) -> None:
        """Kill it, whatever it does."""
        if self._child is not None and self._child.alive:
            _kill(self._child)

    def _prepare(self) -> None:
        if not re.fullmatch(r"[\w./-]{1,80}", str(self._directory)):
            raise Unsupported("a second kernel", f"its command line takes no path such as {self._directory}",
                              "set XDG_RUNTIME_DIR to a directory of yours with a short name")  # fmt: skip
        self._directory.mkdir(mode=0o700, parents=True)
        for script in ("init.sh", "machine.sh"):
            shutil.copy(HERE / script, self._directory / script)
        (self._directory / "version").write_text(f"{self.version}\n")
        (self._directory / "python").write_text(f"{sys.executable}\n")
        (self._directory / "packages").write_text(f"{os.pathsep.join([str(HERE.parents[1]), *_packages()])}\n")
        (self._directory / "places").write_text("".join(f"{place}\n" for place in sorted(set(_places()))))
        for fifo in ("in", "out"):
            nodes.mkfifo(str(self._directory / fifo))
        # For both ends at once: so neither open(2) waits for the other, and neither end is ever told that it is alone.
        self._in, self._out = (os.open(self._directory / fifo, os.O_RDWR | os.O_CLOEXEC) for fifo in ("in", "out"))
        self._make_disk()

    def _make_disk(self) -> None:
        """What experiments with a disk and with swap need; without the programs that make them, those parts say so."""
        for name, size, program, *options in (("disk", DISK, "mkfs.ext4", "-q"), ("swap", SWAP, "mkswap")):
            file = self._directory / name
            with open(file, "wb") as f:
                f.truncate(size << 20)
            found = shutil.which(program, path=PLACES)
            if found is not None:
                subprocess.run([found, *options, file], check=True, capture_output=True)

    def _command(self) -> str:
        d = shlex.quote(str(self._directory))
        loaded = preload(self._directory)
        environment = {"TMPDIR": _memory(), **({"LD_PRELOAD": loaded} if loaded else {})}
        return (
            f"{' '.join(f'{name}={shlex.quote(value)}' for name, value in environment.items())} "
            f"exec {shlex.quote(self._image.path)} mem={MEMORY}M rootfstype=hostfs "
            f"rootflags=/ rw quiet init=/bin/sh uml_dir={d} ubd0={d}/disk ubd1={d}/swap "
            f"con=null con0=null,fd:2 con1=fd:3,fd:4 -- {d}/init.sh "
            f"3<>{d}/in 4<>{d}/out 2>{d}/console >/dev/null </dev/null"
        )

    def _tell(self, line: str) -> None:
        os.write(self._in, f"{line}\n".encode())

    def _line(self, seconds: float) -> str:
        """The next line on its console; empty where it ended, or said nothing for that long."""
        said, deadline = b"", time.monotonic() + seconds
        while not said.endswith(b"\n"):
            if files.readable(self._out, 0.2):
                said += os.read(self._out, 1)
            elif time.monotonic() > deadline or not self.alive:
                return ""
        return said.decode().strip()

    def _last_words(self) -> str:
        for name in ("errors", "console"):
            file = self._directory / name
            lines = file.read_text(errors="replace").strip().splitlines() if file.exists() else []
            if lines:
                return next((line.strip() for line in lines if "panic" in line), lines[-1].strip())
        return "it is silent"


def _kill(child: Child) -> None:
    """Kill a kernel, and its processes: each is one of this machine's, too, which the kernel would leave behind."""
    # Held before: once it has ended, their numbers may be others'.
    below = list(cleanup.below(child.pid))
    child.kill()
    try:
        child.wait(END)
    finally:
        cleanup.kill(below)


def _places() -> Iterator[str]:
    """Where this Python and nslab lie: they may be below what the second kernel mounts something over."""
    yield from (sys.prefix, sys.base_prefix)
    yield str(HERE.parents[1])
    yield from _packages()


def _packages() -> Iterator[str]:
    """Where this Python finds its packages: by $PYTHONPATH or below $HOME, which are others there, as well."""
    yield from (place for place in sys.path if place.startswith("/") and os.path.isdir(place) and ":" not in place)


def _memory() -> str:
    """Where its memory is kept, in a file without a name: it takes what is used of it."""
    for place in ("/dev/shm", "/tmp", "/var/tmp"):
        if os.access(place, os.W_OK) and shutil.disk_usage(place).free > (MEMORY + 256) << 20:
            return place
    raise Unsupported("a second kernel", f"it may need {MEMORY} MiB, and no place has them",
                      "make room in /dev/shm, /tmp or /var/tmp")  # fmt: skip
