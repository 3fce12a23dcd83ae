"""`python -m tests.mutants [SUBJECT [PART]]`: run the broken variants, print a table, fail where one is not noticed."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from tests.mutants import of, subjects
from tests.mutants._run import Outcome, run

WANTED = 98.0
"""Percent of the variants that have to be noticed."""


MEASURING = {"cpu", "cpuacct", "cpuset", "perf_event", "hierarchy"}
"""Subjects that measure a CPU: one at a time."""

SIDE_BY_SIDE = 3
"""How many of the others run at a time: on two CPUs a third fits in, as most of their time is waiting."""


def main(wanted: list[str]) -> int:
    chosen = [wanted[0]] if wanted else subjects()
    jobs = [(subject, m) for subject in chosen for m in of(subject) if len(wanted) < 2 or m.part == wanted[1]]
    outcomes: list[tuple[str, Outcome]] = []
    for measuring, workers in ((False, SIDE_BY_SIDE), (True, 1)):
        turn = [(subject, m) for subject, m in jobs if (subject in MEASURING) == measuring]
        with ThreadPoolExecutor(workers) as pool:
            for (subject, _), outcome in zip(turn, pool.map(lambda job: run(*job), turn), strict=True):
                outcomes.append((subject, outcome))
                _line(subject, outcome)
    return _sum_up(outcomes, all_of_them=not wanted)


def _line(subject: str, outcome: Outcome) -> None:
    m = outcome.mutant
    mark = "FAULT" if outcome.fails else "ok"
    what = f"{subject}/{m.part}: {m.about} ({outcome.seconds:.1f} s)"
    print(f"{mark:5} {outcome.verdict:11} {what}  {outcome.said[:150]}", flush=True)
    if outcome.verdict == "held" and m.survives:
        print(f"      survives: {m.survives}")


def _sum_up(outcomes: list[tuple[str, Outcome]], all_of_them: bool) -> int:
    ran = [o for _, o in outcomes if o.verdict in ("caught", "held")]
    caught = sum(o.verdict == "caught" for o in ran)
    percent = 100 * caught / len(ran) if ran else 0.0
    faults = [f"{subject}/{o.mutant.part}: {o.mutant.about}" for subject, o in outcomes if o.fails]
    print(f"\n{caught} of {len(ran)} variants were noticed ({percent:.1f} %, {WANTED:g} are wanted); "
          f"{len(outcomes) - len(ran)} could not run here")  # fmt: skip
    for fault in faults:
        print(f"Not noticed, or no variant: {fault}")
    return 1 if faults or (all_of_them and percent < WANTED) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
