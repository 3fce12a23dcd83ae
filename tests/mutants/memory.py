"""Broken variants of the demo of memory."""

from tests.mutants import Mutant, edit

FILE = "nslab/cgroups/memory/experiment.py"
LOAD = "nslab/cgroups/bench/memload.py"
HOST = '__import__("importlib").import_module("nslab.lab.client.host").host()'
LIMITED = "            group.memory_max = limit\n"
GROWN = """        with _grown(group, 2 * limit, 2 * GROWTH) as child:
            measured = _watch(group, 1.4"""
READER = "measure.running([(group, memload.read, (path, GROWTH))])"
TWICE = "    while got := done < size and os.preadv(fd, [buffer], done % max(4 * STEP, size // 2)):\n"
READS = "    while got := os.preadv(fd, [buffer], done):\n"
SWAPPED = "_group(limit, swap=treated)"
SWAPPING = "        with _grown(group, wanted, 1.5 * GROWTH, stay=GROWTH) as child:\n"
HIGH = "_group(high=high if treated else None)"
SOFT = "_group(high=soft if treated else None)"
SOFT_GROWN = "_grown(group, wanted, GROWTH, stay=PATIENCE)"
LOOK = "        look = (GROWTH / 4, lambda: early.append(group.memory_high))\n"
LATE = "        used, late, kills, runs ="
WAIT = """        if treated:
            OOM_WAITS.set(group, True)
"""
WAITING = """        with _grown(group, wanted, 1.5 * GROWTH, stay=GROWTH / 5) as child:

            def raise_limit() -> None:
"""
TOGETHER = "            OOM_GROUP.set(group, True)\n"
ENDED = '{}, "SIGKILL", {}, AsExpected()),\n            Reading("kills"'
SWAP_ENDED = '"exit 0", {}, AsExpected()),\n            Reading("swap"'


def _outside(text: str) -> str:
    """The same load, but not in the group."""
    return text.replace("(group", f"({HOST}", 1)


MUTANTS = (
    Mutant("limit", "limit not written", edit(FILE, LIMITED, "            pass\n")),
    Mutant("limit", "swap left on", edit(FILE, "            swap_off(group)\n", "            pass\n")),
    Mutant("limit", "the process is not in the group", edit(FILE, GROWN, _outside(GROWN))),
    Mutant("limit", "it grows no further than the limit", edit(FILE, GROWN, GROWN.replace("2 * limit", "limit - MIB"))),
    Mutant(
        "limit",
        "how it ended is a constant",
        edit(FILE, ENDED.format("asked", "ended"), ENDED.format("asked", '"SIGKILL"')),
    ),
    Mutant("limit", "kills are a constant", edit(FILE, "asked, 1, events.oom_kills,", "asked, 1, 1,")),
    Mutant("limit", "most is a constant", edit(FILE, "round(peak, 2), Within(2", "limit // MIB, Within(2")),
    Mutant("reclaim", "limit not written", edit(FILE, LIMITED, "            pass\n")),
    Mutant("reclaim", "limit a half higher", edit(FILE, LIMITED, LIMITED.replace("= limit", "= limit * 3 // 2"))),
    Mutant("reclaim", "the reader is not in the group", edit(FILE, READER, _outside(READER))),
    Mutant(
        "reclaim",
        "the rest is not read, and said to be",
        edit(LOAD, READS, f"{READS[:-2]} if done < 8 * STEP else min(STEP, size - done):\n"),
    ),
    Mutant("reclaim", "the first half is read twice", edit(LOAD, READS, TWICE)),
    Mutant(
        "reclaim",
        "most is a constant",
        edit(
            FILE,
            'round(peak, 2), AtMost()),\n            Reading("reader-met"',
            'limit // MIB, AtMost()),\n            Reading("reader-met"',
        ),
    ),
    Mutant(
        "reclaim",
        "what was taken back is a constant",
        edit(FILE, "limit // MIB, round(back / MIB, 2)", "limit // MIB, limit // MIB"),
    ),
    Mutant("swap", "swap left off", edit(FILE, SWAPPED, "_group(limit, swap=False)")),
    Mutant("swap", "limit not written", edit(FILE, SWAPPED, "_group(None, swap=treated)")),
    Mutant(
        "swap", "limit lifted before it grows", edit(FILE, SWAPPING, "        group.memory_max = None\n" + SWAPPING)
    ),
    Mutant("swap", "the process is not in the group", edit(FILE, SWAPPING, _outside(SWAPPING))),
    Mutant("swap", "how it ended is a constant", edit(FILE, SWAP_ENDED.format("ended"), SWAP_ENDED.format('"exit 0"'))),
    Mutant("swap", "what lies in swap is a constant", edit(FILE, "round(in_swap, 2),\n", "(wanted - limit) // MIB,\n")),
    Mutant("high", "high not written", edit(FILE, HIGH, "_group()")),
    Mutant("high", "high three times as high", edit(FILE, HIGH, HIGH.replace("high if", "3 * high if"))),
    Mutant("high", "a limit that kills in its place", edit(FILE, HIGH, HIGH.replace("high=high", "limit=high"))),
    Mutant(
        "high",
        "what is in use is a constant",
        edit(FILE, "high // MIB, round(ends, 2), near", "high // MIB, high // MIB, near"),
    ),
    Mutant("high", "how often it was slowed down is a constant", edit(FILE, "asked, 1, slowed,", "asked, 1, 1,")),
    Mutant("soft_limit", "soft limit not written", edit(FILE, SOFT, "_group()")),
    Mutant("soft_limit", "a hard limit in its place", edit(FILE, SOFT, SOFT.replace("high=soft", "limit=soft"))),
    Mutant(
        "soft_limit",
        "soft limit taken away before it is passed",
        edit(
            FILE,
            LOOK,
            LOOK.replace(
                "early.append(group.memory_high)",
                'early.append(group.memory_high) or setattr(group, "memory_high", None)',
            ),
        ),
    ),
    Mutant("soft_limit", "the process is not in the group", edit(FILE, SOFT_GROWN, _outside(SOFT_GROWN))),
    Mutant(
        "soft_limit",
        "what the kernel keeps is a constant",
        edit(FILE, "soft // MIB, kept and kept // MIB", "soft // MIB, soft // MIB"),
    ),
    Mutant(
        "soft_limit",
        "what is above it is a constant",
        edit(FILE, "(wanted - soft) // MIB, above, full", "(wanted - soft) // MIB, (wanted - soft) // MIB, full"),
    ),
    Mutant("oom_control", "not written", edit(FILE, WAIT, "")),
    Mutant(
        "oom_control",
        "written once it was killed",
        edit(
            FILE,
            WAIT + WAITING,
            WAITING
            + WAIT.replace("        ", "                ", 1).replace("            OOM", "                    OOM"),
        ),
    ),
    Mutant("oom_control", "limit not written", edit(FILE, LIMITED, "            pass\n")),
    Mutant("oom_control", "the process is not in the group", edit(FILE, WAITING, _outside(WAITING))),
    Mutant(
        "oom_control",
        "that it waits is a constant",
        edit(FILE, "waits.append(UNDER_OOM.of(group) == 1 and child.alive)", "waits.append(True)"),
    ),
    Mutant(
        "oom_control",
        "how it ended is a constant",
        edit(FILE, 'it ended by", asked, "exit 0", ended,', 'it ended by", asked, "exit 0", "exit 0",'),
    ),
    Mutant(
        "oom_control",
        "kills are a constant",
        edit(FILE, 'at the limit", asked, 0, kills,', 'at the limit", asked, 0, 0,'),
    ),
    Mutant("oom_group", "not written", edit(FILE, TOGETHER, "            pass\n")),
    Mutant("oom_group", "limit not written", edit(FILE, LIMITED, "            pass\n")),
    Mutant(
        "oom_group",
        "the others are not in the group",
        edit(FILE, "[(group, memload.hold, (memload.STEP,))]", f"[({HOST}, memload.hold, (memload.STEP,))]"),
    ),
    Mutant(
        "oom_group",
        "how many ended is a constant",
        edit(FILE, "others + 1, ended, AsExpected()", "others + 1, others + 1, AsExpected()"),
    ),
    Mutant("oom_group", "kills are a constant", edit(FILE, "others + 1, kills,", "others + 1, others + 1,")),
    Mutant(
        "bill", "one group for both", edit(FILE, 'above.child("both") if not treated else None', 'above.child("both")')
    ),
    Mutant(
        "bill",
        "the processes are not in the groups",
        edit(FILE, "[(own[name], memload.hold,", f"[({HOST}, memload.hold,"),
    ),
    Mutant(
        "bill",
        "hardly anything is held",
        edit(FILE, "memload.hold, (size,)) for name", "memload.hold, (memload.STEP,)) for name"),
    ),
    Mutant(
        "bill",
        "each has the other's group",
        edit(FILE, "(own[name], memload.hold,", '(own["ben" if name == "anna" else "anna"], memload.hold,'),
    ),
    Mutant(
        "bill",
        "what was used is a constant",
        edit(FILE, "round(used, 4), Within(", "round(size / GIB * seconds, 4), Within("),
    ),
    Mutant(
        "bill",
        "what it costs is a constant",
        edit(FILE, "_money(used / seconds * MONTH * price)", "_money(size / GIB * MONTH * price)"),
    ),
    Mutant(
        "bill",
        "memory alone is billed, without its time",
        edit(FILE, "used = _integral(measured[name]) * MIB / GIB", "used = measured[name][-1][1] * MIB / GIB"),
    ),
)
