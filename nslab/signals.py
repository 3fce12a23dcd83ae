"""What a signal is called, for all rooms."""

from __future__ import annotations

import signal


def signal_name(number: int) -> str:
    """The name of a signal, or "signal 35" for one that has none (signal(7), "Real-time signals")."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
