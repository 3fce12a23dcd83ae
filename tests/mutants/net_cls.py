"""Broken variants of the demo of net_cls."""

from tests.mutants import Mutant, edit

FILE = "nslab/cgroups/net_cls/experiment.py"
LOAD = "nslab/cgroups/bench/netload.py"
COUNT = "nslab/cgroups/bench/netcount.py"
BOX_V1 = """        with (group if treated else home()).sandbox(net=True, lo=True) as box:
            read = netcount.first"""
BOX_V2 = """        with (group if treated else home()).sandbox(net=True, lo=True) as box:
            read = netcount.by_nft"""
INSIDE = "(group if treated else home())"
WRITE = 'group.write("net_cls", [("net_cls.classid", f"{number:#010x}")])'
MARKED, OTHERS = "counted.marked, AsExpected(), varies=False", "counted.all - counted.marked"

MUTANTS = (
    Mutant("classid", "the sender is not inside", edit(FILE, BOX_V1, BOX_V1.replace(INSIDE, "home()"))),
    Mutant("classid", "the control's sender is inside", edit(FILE, BOX_V1, BOX_V1.replace(INSIDE, "group"))),
    Mutant("classid", "no class", edit(FILE, WRITE, "pass")),
    Mutant("classid", "another class", edit(FILE, WRITE, WRITE.replace("{number:", "{number + 1:"))),
    Mutant("classid", "nothing is sent", edit(LOAD, "for number in range(packets):", "for number in range(0):")),
    Mutant(
        "classid", "one packet less", edit(LOAD, "for number in range(packets):", "for number in range(packets - 1):")
    ),
    Mutant(
        "classid",
        "counted too early",
        edit(
            FILE,
            "        measure.report(sender)\n"
            "        # Counting takes time, and who has sent stays for a while only.\n"
            "        looked, counted = look(sender.pid), read()",
            "        looked, counted = look(sender.pid), netcount.Packets(*(round(p[1] / 2) for p in points[-2:]))",
        ),
    ),
    Mutant("classid", "marked is a constant", edit(FILE, MARKED, "packets, AsExpected(), varies=False")),
    Mutant("classid", "others are a constant", edit(FILE, OTHERS, "0")),
    Mutant("classid", "classid is a constant", edit(FILE, "number, says,", "number, number,")),
    Mutant(
        "classid",
        "classid of the group, not of the sender",
        edit(
            FILE,
            """files.read(f"{root}{_path(pid, 'net_cls')}/net_cls.classid")""",
            'group.read("net_cls", "net_cls.classid")',
        ),
    ),
    Mutant("v2", "the sender is not inside", edit(FILE, BOX_V2, BOX_V2.replace(INSIDE, "home()"))),
    Mutant("v2", "the control's sender is inside", edit(FILE, BOX_V2, BOX_V2.replace(INSIDE, "group"))),
    Mutant(
        "v2",
        "the rule names the session's cgroup",
        edit(
            FILE,
            'level {own.count("/")} "{directory.removeprefix(NFT_ROOT)}"',
            'level 0 "{os.path.dirname(directory).removeprefix(NFT_ROOT)}"',
        ),
    ),
    Mutant(
        "v2", "the rule does not ask for a cgroup", edit(COUNT, "dport {port} {match} counter", "dport {port} counter")
    ),
    Mutant("v2", "nothing is sent", edit(LOAD, "for number in range(packets):", "for number in range(0):")),
    Mutant("v2", "marked is a constant", edit(FILE, MARKED, "packets, AsExpected(), varies=False")),
    Mutant("v2", "others are a constant", edit(FILE, OTHERS, "0")),
    Mutant("v2", "where it is is a constant", edit(FILE, '_path(pid, ""), AsExpected()', "own, AsExpected()")),
)
