"""Broken variants of the demo of net_prio."""

from tests.mutants import Mutant, edit

FILE = "nslab/cgroups/net_prio/experiment.py"
LOAD = "nslab/cgroups/bench/netload.py"
COUNT = "nslab/cgroups/bench/netcount.py"
WRITE = 'group.write("net_prio", [("net_prio.ifpriomap", f"lo {priority}")])'
LATE = (
    "measure.report = (lambda real: lambda child: "
    f"(setattr(measure, 'report', real), real(child), {WRITE})[1])(measure.report)"
)

MUTANTS = (
    Mutant("priority", "not written", edit(FILE, WRITE, "pass")),
    Mutant("priority", "another priority", edit(FILE, WRITE, WRITE.replace("{priority}", "{priority + 1}"))),
    Mutant(
        "priority",
        "the control has it, too",
        edit(FILE, "        if treated:\n            group.write", "        if True:\n            group.write"),
    ),
    Mutant("priority", "the sender is not inside", edit(FILE, "(group, netload.send,", "(home(), netload.send,")),
    Mutant("priority", "written when all was sent", edit(FILE, WRITE, LATE)),
    Mutant(
        "priority",
        "the program asks for it itself",
        edit(
            LOAD, "        s.bind((ADDRESS, port))", "        s.setsockopt(1, 12, 5)\n        s.bind((ADDRESS, port))"
        ),
    ),
    Mutant("priority", "nothing is sent", edit(LOAD, "for number in range(packets):", "for number in range(0):")),
    Mutant(
        "priority", "the rule does not ask for it", edit(COUNT, "dport {port} {match} counter", "dport {port} counter")
    ),
    Mutant("priority", "another port is counted", edit(FILE, '"input", port,', '"input", port + 1,')),
    Mutant(
        "priority",
        "marked is a constant",
        edit(FILE, "packets, counted.marked, AsExpected()", "packets, packets, AsExpected()"),
    ),
    Mutant("priority", "others are a constant", edit(FILE, "counted.all - counted.marked", "0")),
    Mutant(
        "priority",
        "ifpriomap is a constant",
        edit(FILE, 'f"lo {priority}", shown,', 'f"lo {priority}", f"lo {priority}",'),
    ),
    Mutant("priority", "what was wished is a constant", edit(FILE, 'f"{wished:g}, {shown}"', 'f"0, lo {priority}"')),
)
