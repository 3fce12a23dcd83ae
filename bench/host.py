"""Which machine this is: what is measured on one need not hold on another."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import psutil


def describe() -> dict[str, Any]:
    """The CPU's model, cores, memory (GiB), kernel, Python, and the load of the last minute."""
    return {
        "cpu": cpu_model(Path("/proc/cpuinfo").read_text(encoding="utf-8")),
        "mhz": round(psutil.cpu_freq().current) if psutil.cpu_freq() else None,
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "kernel": os.uname().release,
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def cpu_model(cpuinfo: str) -> str:
    """The model as /proc/cpuinfo has it, with family, model and stepping where a virtual machine hides which it is."""
    lines = (line.partition(":") for line in cpuinfo.partition("\n\n")[0].splitlines())
    fields = {key.strip(): value.strip() for key, _, value in lines}
    numbers = [fields[key] for key in ("cpu family", "model", "stepping") if key in fields]
    name = fields.get("model name", platform.machine())
    return f"{name} ({'/'.join(numbers)})" if numbers else name


def line(host: dict[str, Any]) -> str:
    """One line that names it."""
    mhz = f" at {host['mhz']} MHz" if host["mhz"] else ""
    return (
        f"{host['cpu']}{mhz}, {host['cores']} cores, {host['memory_gib']} GiB, Linux {host['kernel']}, "
        f"Python {host['python']}, load {host['load']}"
    )
