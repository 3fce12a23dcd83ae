"""`python -m tests.mutants [SUBJECT [PART]]`: run the broken variants, print a table, fail where one is not noticed.

Each part is run first as it is: where it does not hold, it would seem to notice every variant.
"""

from __future__ import annotations

import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from queue import SimpleQueue

from tests.mutants import Mutant, of, parts, subjects
from tests.mutants._run import Copy, Outcome, a_copy

WANTED = 98.0
"""Percent of the variants that have to be noticed."""


MEASURING = {"blkio", "cpu", "cpuacct", "cpuset", "perf_event", "hierarchy"}
"""Subjects that measure a CPU or a disk: one at a time."""

SIDE_BY_SIDE = 4
"""How many of the others run at a time: on two CPUs four fit in, as most of their time is waiting."""

HUNG = 10
"""A variant that takes so many times as long as its part does as it is waits for what never comes."""
SHORTEST = 20.0
"""Seconds that each variant may take."""

Job = tuple[str, str, Mutant | None]
"""Subject, part, and what breaks it."""


def main(wanted: list[str]) -> int:
    started = time.monotonic()
    chosen = [wanted[0]] if wanted else subjects()
    broken: list[Job] = [(s, m.part, m) for s in chosen for m in of(s) if len(wanted) < 2 or m.part == wanted[1]]
    whole: list[Job] = [
        (s, part, None) for s in chosen for part in parts(of(s)) if len(wanted) < 2 or part == wanted[1]
    ]
    outcomes: list[tuple[str, Outcome]] = []
    with ExitStack() as stack:
        copies = [stack.enter_context(a_copy()) for _ in range(min(SIDE_BY_SIDE, len(broken)))]
        for measuring, workers in ((False, copies), (True, copies[:1])):
            as_they_are = _all(workers, _mixed(job for job in whole if (job[0] in MEASURING) == measuring), {})
            here = {(subject, o.part): o.seconds for subject, o in as_they_are if o.verdict == "held"}
            outcomes += [*as_they_are, *_all(workers, _mixed(job for job in broken if job[:2] in here), here)]
    return _sum_up(outcomes, len(broken), time.monotonic() - started, all_of_them=not wanted)


def _mixed(jobs: Iterable[Job]) -> list[Job]:
    """The jobs with those of each subject spread over all: they wait for each other where they attach subsystems, or
    use one disk, while the CPUs have nothing to do.
    """
    by_subject: dict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        by_subject[job[0]].append(job)
    turns = [((at + 0.5) / len(its), job) for its in by_subject.values() for at, job in enumerate(its)]
    return [job for _, job in sorted(turns, key=lambda turn: turn[0])]


def _all(
    copies: Sequence[Copy], jobs: Sequence[Job], here: Mapping[tuple[str, str], float]
) -> list[tuple[str, Outcome]]:
    """Run the jobs, as many at a time as there are copies; print a line for each, in order. `here` are the seconds that
    each part takes as it is, where it holds here: what then ends with an Unsupported has shown nothing.
    """
    free: SimpleQueue[Copy] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def one(job: Job) -> Outcome:
        copy = free.get()
        seconds = here.get(job[:2])
        try:
            if seconds is None:
                return copy.run(*job)
            outcome = copy.run(*job, longest=max(SHORTEST, HUNG * seconds))
        finally:
            free.put(copy)
        return replace(outcome, verdict="caught") if outcome.verdict == "unsupported" else outcome

    outcomes = []
    with ThreadPoolExecutor(len(copies)) as pool:
        for (subject, _, _), outcome in zip(jobs, pool.map(one, jobs), strict=True):
            outcomes.append((subject, outcome))
            _line(subject, outcome)
    return outcomes


def _line(subject: str, outcome: Outcome) -> None:
    mark = "FAULT" if outcome.fails else "ok"
    what = f"{subject}/{outcome.part}: {outcome.about} ({outcome.seconds:.1f} s)"
    print(f"{mark:5} {outcome.verdict:11} {what}  {outcome.said[:150]}", flush=True)
    if outcome.verdict == "held" and outcome.mutant and outcome.mutant.survives:
        print(f"      survives: {outcome.mutant.survives}")


def _sum_up(outcomes: Sequence[tuple[str, Outcome]], there_are: int, seconds: float, all_of_them: bool) -> int:
    verdicts: dict[str, int] = defaultdict(int)
    for _, outcome in outcomes:
        verdicts[outcome.verdict] += outcome.mutant is not None
    caught, ran = verdicts["caught"], verdicts["caught"] + verdicts["held"]
    percent = 100 * caught / ran if ran else 0.0
    faults = [f"{subject}/{o.part}: {o.about}" for subject, o in outcomes if o.fails]
    print(f"\n{caught} of {ran} variants were noticed ({percent:.1f} %, {WANTED:g} are wanted); "
          f"{there_are - ran} could not run here; {seconds / 60:.1f} minutes")  # fmt: skip
    for fault in faults:
        print(f"Not noticed, no variant, or a part that does not hold: {fault}")
    return 1 if faults or (all_of_them and percent < WANTED) else 0


if __name__ == "__main__":
    # Whoever is told to end takes the copies away first, as at Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
