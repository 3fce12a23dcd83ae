"""How long `import nslab` takes, over a bare start of Python."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from bench.side_by_side import medians

BOUND = 30.0


def measure() -> list[dict[str, Any]]:
    ours, bare = medians(
        lambda: subprocess.run([sys.executable, "-c", "import nslab"], check=True),
        lambda: subprocess.run([sys.executable, "-c", "pass"], check=True),
    )
    value = (ours - bare) * 1000
    how = f"{ours * 1000:.1f} ms against {bare * 1000:.1f} ms"
    return [{"name": "import nslab, over bare Python", "value": round(value, 2), "unit": "ms", "bound": BOUND,
             "holds": value <= BOUND, "how": how}]  # fmt: skip
