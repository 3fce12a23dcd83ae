"""`nslab.Container`: one command in all eight namespaces, on a root of its own, with limits, without privileges."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from nslab.cgroups.core.group import Cgroup
from nslab.cgroups.core.knobs import KNOBS
from nslab.container import inside, network
from nslab.container.spec import Spec, checked, checked_args
from nslab.lab.client.child import Child, checked_timeout
from nslab.lab.client.host import host
from nslab.lab.client.place import KILLED, Completed, Place
from nslab.linux.flags import CloneFlag

ALWAYS = (CloneFlag.CLONE_NEWNS, CloneFlag.CLONE_NEWPID, CloneFlag.CLONE_NEWUTS, CloneFlag.CLONE_NEWIPC)
"""What each container has of its own by the clone; the cgroup namespace it makes itself, once it is in its cgroup."""
running: dict[int, Spec] = {}
"""The first processes of the containers that this process has started → what they are."""


class Container:
    """What is run in a root file system, and how. Nothing is made before run() or start().

    `rootfs` is a directory; what a command writes goes to a layer in memory and is gone afterwards, unless `keep=True`.
    Beside the options of Spec (`hostname`, `env`, `workdir`, `user`, `volumes`, `layers`, `readonly`, `capabilities`,
    `seccomp`, `no_new_privs`, `masked`, `read_only`, `limits`, `oom_score_adj`, `network`, `init`) it takes the knobs
    of `nslab.Cgroup` (`memory_max`, `quota`, `weight`, `pids_max`, `cpus`, …), and `uid_map` and `gid_map` as
    `nslab.Sandbox` does. The defaults are Docker's: fourteen capabilities, a filter, masked paths, no network.

    Raises TypeError and ValueError that name the value and what is allowed, before anything is made.
    """

    def __init__(
        self, rootfs: str | os.PathLike[str], *, uid_map: Any = None, gid_map: Any = None, **options: Any
    ) -> None:
        self._knobs = {name: options.pop(name) for name in KNOBS if name in options}
        for name, value in self._knobs.items():
            KNOBS[name].check(name, value)
        self._options = options
        self._maps = {key: each for key, each in (("uid_map", uid_map), ("gid_map", gid_map)) if each is not None}
        # What is wrong is said now, and not when it is run.
        self._spec = checked(rootfs, **options)

    def run(self, args: Sequence[str], *, timeout: float | None = None) -> Completed:
        """Run a command to its end; what it wrote and its exit status, or minus the number of the signal that ended it.

        All that it has started ends with it: it is the first process of its pid namespace. Raises TimeoutError after
        `timeout` seconds, OSError where the kernel refuses a part or the program, `nslab.Unsupported`.
        """
        checked_timeout(timeout)
        with self.start(args, stream=False) as child:
            status = child.wait(timeout)
            if child.failed:
                child.result()
            return Completed(child.stdout, child.stderr, status)

    @contextlib.contextmanager
    def start(
        self, args: Sequence[str], *, stream: bool = True, terminal: str = "", stdin: str = ""
    ) -> Iterator[Child]:
        """The running command; with the end of the block it is killed, and all that was made for it is gone.

        `terminal` is the path of a terminal that it gets as its own, `stdin` that of a file it reads.
        """
        spec = replace(self._spec, args=checked_args(args), terminal=terminal, stdin=stdin)
        with contextlib.ExitStack() as end:
            where: Place = end.enter_context(Cgroup(**self._knobs)) if self._knobs else host()
            gate = end.enter_context(network.gate()) if spec.network == "veth" else None
            if gate:
                spec = replace(network.named(spec), gate=gate.path)
            child = self._clone(where.clone, spec, stream)
            end.callback(_end, child)
            if gate:
                for note in end.enter_context(network.connected(child.pid)):
                    print(f"network: {note}", file=sys.stderr)
                gate.open()
            running[child.pid] = spec
            end.callback(running.pop, child.pid, None)
            yield child

    def _clone(self, clone: Callable[..., Child], spec: Spec, stream: bool) -> Child:
        own = spec.network != "host"
        flags = [*ALWAYS, *([CloneFlag.CLONE_NEWNET] if own else [])]
        more = {"lo": True} if own else {}
        if self._maps:
            flags.append(CloneFlag.CLONE_NEWUSER)
        return clone(
            inside.become, *flags, args=(spec.plain(),), stream=stream, hostname=spec.hostname, **more, **self._maps
        )

    def __repr__(self) -> str:
        given = "".join(f", {name}={value!r}" for name, value in {**self._options, **self._knobs}.items())
        return f"<nslab container of {self._spec.rootfs}{given}>"


def _end(child: Child) -> None:
    if child.alive:
        child.kill()
        # With its end all processes of its pid namespace have ended; what is frozen does so when it is thawed.
        with contextlib.suppress(TimeoutError):
            child.wait(KILLED)
