"""`python -m tests.fuzz [SEED [COUNT]]`: by default 300 situations of today's seed; fails where one is wrong."""

from __future__ import annotations

import sys
import time

from tests.fuzz.trial import possible, wrong


def main(argv: list[str]) -> int:
    first = int(argv[0]) if argv else int(time.strftime("%Y%m%d")) * 1000
    count = int(argv[1]) if len(argv) > 1 else 300
    faults = 0
    for seed in range(first, first + count):
        situation = possible(seed)
        began = time.monotonic()
        found = wrong(situation)
        faults += bool(found)
        print(f"{'FAULT' if found else 'ok   '} {time.monotonic() - began:5.1f} s  {situation}", flush=True)
        for each in found:
            print("      " + each.replace("\n", "\n      "), flush=True)
    print(f"{count - faults} of {count} situations were right (seeds {first} to {first + count - 1})")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
