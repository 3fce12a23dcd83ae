"""What wants all there is, inside the groups. Imported by the fork server, so it stays small."""

from __future__ import annotations

import os
import signal

from nslab.cgroups.bench.load import READY, SIGN, stay_on
from nslab.cgroups.bench.memload import grow


def want_all(cpus: tuple[int, ...], size: int) -> None:
    """Use up whatever CPU time there is on these CPUs; at a sign take `size` bytes of memory, and end."""
    asked: list[int] = []
    signal.signal(SIGN, lambda number, _: asked.append(number))
    stay_on(cpus)
    os.write(1, READY.encode())
    while not asked:
        pass
    grow(size, 0.0, 0.0)
