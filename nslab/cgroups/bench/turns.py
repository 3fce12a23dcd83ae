"""Take turns, and be heard: what else runs on a CPU blurs what an experiment measures there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from nslab.cgroups.bench.panel_pause import all_still
from nslab.cgroups.core.group import Cgroup
from nslab.cgroups.core.knobs import WEIGHT
from nslab.cgroups.core.written import in_force
from nslab.errors import Unsupported
from nslab.lab.power.cpus import usable_cpus
from nslab.lab.upkeep import locks
from nslab.linux import files

CPUS = "/sys/devices/system/cpu"
"""Where each CPU has a directory of the kernel's, on which is locked."""
WEIGHT_DEFAULT = 100
"""The weight of a group that was given none, in v2's terms (cpu.weight)."""


@contextmanager
def alone(*cpus: int, count: int = 1) -> Iterator[tuple[int, ...]]:
    """Hold the right to measure on these CPUs, or on the first `count` that are free; yield them, the quiet one first.

    Waits for the others, whoever runs them, and says for whom. The loads of this process's panels stand still
    meanwhile. Nothing may be waited for inside the block: whoever holds a CPU has all that it needs. Raises
    `nslab.Unsupported` where this process has no such CPU, or has it already.
    """
    wanted = cpus or usable_cpus()[::-1]
    if not set(cpus) <= set(usable_cpus()) or len(wanted) < count:
        raise Unsupported(
            f"a measurement on {_named(cpus) if cpus else f'{count} CPUs'}",
            f"this process may use {_named(usable_cpus())} alone",
            "end what restricts it (taskset, cpuset), or give the VM more CPUs (vagrant)",
        )
    directories = [f"{CPUS}/cpu{cpu}" for cpu in wanted]
    stack = ExitStack()
    try:
        turn = locks.turn(directories, f"measure on {_named(wanted)}", count=len(cpus) or count)
        hold = stack.enter_context(turn)
    except locks.Own:
        raise Unsupported(
            f"a measurement on {_named(wanted)}", "this thread measures there already", "wait for its end",
        ) from None  # fmt: skip
    with stack, all_still():
        yield tuple(int(path.rpartition("/cpu")[2]) for path in hold.paths)


def _named(cpus: Sequence[int]) -> str:
    """CPUs in words: "CPU 1", "the CPUs 0, 1"."""
    return f"CPU {cpus[0]}" if len(cpus) == 1 else f"the CPUs {', '.join(map(str, sorted(cpus)))}"


@contextmanager
def heard(above: Cgroup) -> Iterator[None]:
    """Let the session's groups weigh ten times as much as others that want the CPU, so that those blur no share.

    That is written to the session's own directory, and noted in `above.written`.
    """
    session = os.path.dirname(above.path("cpu"))
    normal, heavy = (WEIGHT.files(above, weight)[0] for weight in (WEIGHT_DEFAULT, 10 * WEIGHT_DEFAULT))
    files.write(f"{session}/{heavy[0]}", heavy[1])
    above.written = in_force(above.written, (os.path.basename(session), *heavy))
    try:
        yield
    finally:
        files.write(f"{session}/{normal[0]}", normal[1])
