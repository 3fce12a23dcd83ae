"""What runs in a container: a part of each demo, here or in the second kernel. Prints JSON: demo → how it went."""

from __future__ import annotations

import json
import sys
from importlib import import_module

from nslab.course.demos import ROOMS
from nslab.errors import Unsupported


def main() -> None:
    for room, names in ROOMS.items():
        for name in names:
            subject = import_module(f"nslab.{room}.{name}")
            print(json.dumps({name: _how(subject)}), flush=True)


def _how(subject) -> str:
    for part in subject.PARTS:
        try:
            seen = subject.demo(only=part.name, on="auto")
        except Unsupported as e:
            reason = str(e)
            continue
        except Exception as e:
            return f"ERROR {type(e).__name__}: {e}"
        if not seen.holds:
            return f"does not hold: {seen.failures[0]}"
        return "second kernel" if seen.made_on else "here"
    return f"–: {reason}"


if __name__ == "__main__":
    sys.exit(main())
