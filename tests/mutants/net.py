"""Broken variants of the demo of network namespaces."""

from __future__ import annotations

from tests.mutants import Mutant, edit

FILE = "nslab/namespaces/net/experiment.py"
STATE = "inside, after = box.call(_state), outside.call(_state)"
TABLES = "inside, after = tables(box), tables(outside)"
COUNTED = "inside, after = box.call(_echoes), outside.call(_echoes)"
FORWARD = 'box.call(files.write, FORWARDING, "0" if before.forwarding == "1" else "1")'
WHERE = 'inside, after = _where(box, "traveller"), _where(outside, "traveller")'
PAIR = 'before, inside = _where(outside, "outer"), _where(box, "inner")'


def _mutant(part: str, about: str, old: str, new: str, survives: str = "") -> Mutant:
    return Mutant(part, about, edit(FILE, old, new), survives)


MUTANTS = (
    _mutant(
        "empty",
        "treatment dropped",
        'with outside.sandbox(net=treated) as box:\n        inside = _netlink(box, "links")',
        'with outside.sandbox(net=False) as box:\n        inside = _netlink(box, "links")',
    ),
    _mutant(
        "empty",
        "action skipped: the host has no other interface",
        '    _netlink(outside, "add_veth", "eth0", "wire")\n    before',
        "    before",
    ),
    _mutant("empty", "reading a constant", 'inside = _netlink(box, "links")', 'inside = {"lo": False}'),
    _mutant(
        "empty",
        "wrong place: the inside is read on the host",
        'inside = _netlink(box, "links")',
        'inside = _netlink(outside, "links")',
    ),
    _mutant(
        "empty",
        "wrong place: the host is read inside",
        '        after = _netlink(outside, "links")\n',
        '        after = _netlink(box, "links")\n',
    ),
    _mutant(
        "empty",
        "wrong time: the host is read before the pair is made",
        '    _netlink(outside, "add_veth", "eth0", "wire")\n    before = _netlink(outside, "links")',
        '    before = _netlink(outside, "links")\n    _netlink(outside, "add_veth", "eth0", "wire")',
    ),
    _mutant(
        "empty",
        "lo is brought up inside",
        'inside = _netlink(box, "links")',
        '_netlink(box, "bring_up", "lo", "127.0.0.2"); inside = _netlink(box, "links")',
    ),
    _mutant(
        "ports",
        "treatment dropped",
        "outside.sandbox(net=treated, lo=treated or None) as box",
        "outside.sandbox(net=False) as box",
    ),
    _mutant(
        "ports",
        "action skipped: no first server",
        "outside.clone(_listen, args=(port, 60), stream=False) as server,\n        outside.sandbox(net=treated, lo",
        "outside.clone(print, args=(port, 60), stream=False) as server,\n        outside.sandbox(net=treated, lo",
    ),
    _mutant(
        "ports",
        "action skipped: no second server",
        "inside = box.call(answer, _listen, port, 0, stream=False)",
        'inside = "ok"',
    ),
    _mutant(
        "ports",
        "wrong place: the second server on the host",
        "inside = box.call(answer, _listen",
        "inside = outside.call(answer, _listen",
    ),
    _mutant(
        "ports",
        "wrong place: the second server on another port",
        "box.call(answer, _listen, port, 0",
        "box.call(answer, _listen, port - 1, 0",
    ),
    _mutant(
        "ports",
        "wrong time: the first server has ended",
        "        inside = box.call(answer, _listen",
        "        server.kill(); server.wait()\n        inside = box.call(answer, _listen",
    ),
    _mutant(
        "ports",
        "wrong place: the host's table is read inside",
        "        after = outside.call(_server, port)",
        "        after = box.call(_server, port)",
    ),
    _mutant(
        "veth",
        "treatment dropped",
        "with outside.sandbox(net=treated) as box:\n        # The address",
        "with outside.sandbox(net=False) as box:\n        # The address",
    ),
    _mutant("veth", "action skipped: no ping", "        plugged = box.call(_ping, HOST)", '        plugged = "reply"'),
    _mutant(
        "veth",
        "action skipped: no ping before the wire",
        "        unplugged = box.call(_ping, HOST)",
        '        unplugged = "ENETUNREACH"',
    ),
    _mutant(
        "veth",
        "action skipped: the other end is not moved",
        '_netlink(outside, "move", "veth1", box.pid)\n        _netlink(box, "bring_up", "veth1", FIRST)',
        "pass",
    ),
    _mutant(
        "veth",
        "wrong place: the host pings itself",
        "        plugged = box.call(_ping, HOST)",
        "        plugged = outside.call(_ping, HOST)",
    ),
    _mutant(
        "veth",
        "wrong place: the inside pings itself",
        "        plugged = box.call(_ping, HOST)",
        "        plugged = box.call(_ping, FIRST)",
    ),
    _mutant(
        "veth",
        "wrong place: the host's count is read inside",
        COUNTED,
        "inside, after = box.call(_echoes), box.call(_echoes)",
    ),
    _mutant(
        "veth",
        "wrong time: counted before the ping",
        f"        plugged = box.call(_ping, HOST)\n        {COUNTED}",
        f"        {COUNTED}\n        plugged = box.call(_ping, HOST)",
    ),
    _mutant("veth", "readings constants", COUNTED, "inside, after = _Echoes(0, 1), _Echoes(1, 0)"),
    _mutant(
        "bridge",
        "treatment dropped",
        "outside.sandbox(net=treated) as first, outside.sandbox(net=treated) as second",
        "outside.sandbox(net=False) as first, outside.sandbox(net=False) as second",
    ),
    _mutant(
        "bridge",
        "treatment dropped of the first",
        "outside.sandbox(net=treated) as first, outside",
        "outside.sandbox(net=False) as first, outside",
    ),
    _mutant(
        "bridge",
        "treatment dropped of the second",
        "outside.sandbox(net=treated) as second",
        "outside.sandbox(net=False) as second",
    ),
    _mutant("bridge", "action skipped: no ping", "reply = first.call(_ping, SECOND)", 'reply = "reply"'),
    _mutant(
        "bridge",
        "action skipped: ports not in the bridge",
        '            _netlink(outside, "set_master", here, "bridge0")\n',
        "",
    ),
    _mutant("bridge", "action skipped: the port stays", '        _netlink(outside, "move", "port2", second.pid)\n', ""),
    _mutant(
        "bridge",
        "action skipped: no ping without the port",
        "unplugged = first.call(_ping, SECOND, SHORT)",
        'unplugged = "no reply"',
    ),
    _mutant(
        "bridge",
        "wrong place: the first pings itself",
        "reply = first.call(_ping, SECOND)",
        "reply = first.call(_ping, FIRST)",
    ),
    _mutant(
        "bridge",
        "wrong place: the second pings itself",
        "reply = first.call(_ping, SECOND)",
        "reply = second.call(_ping, SECOND)",
    ),
    _mutant(
        "bridge",
        "wrong time: the port goes before the ping",
        "        reply = first.call(_ping, SECOND)\n",
        '        _netlink(outside, "move", "port2", second.pid)\n        reply = first.call(_ping, SECOND)\n',
    ),
    _mutant(
        "bridge",
        "readings constants",
        "inside, after = second.call(_echoes).requests, outside.call(_echoes).requests",
        "inside, after = 1, 0",
    ),
    _mutant(
        "separate",
        "treatment dropped",
        "as server, outside.sandbox(net=treated) as box",
        "as server, outside.sandbox(net=False) as box",
    ),
    _mutant("separate", "action skipped: the sysctl is not written", FORWARD, "pass"),
    _mutant(
        "separate",
        "action skipped: no server",
        "with outside.clone(_listen, args=(port, 60), stream=False) as server, outside",
        "with outside.clone(print, args=(port, 60), stream=False) as server, outside",
    ),
    _mutant(
        "separate",
        "action skipped: no routes",
        ', ("bring_up", "wire", SECOND), ("bring_up", "eth0", HOST)',
        "",
    ),
    _mutant(
        "separate",
        "reading a constant",
        STATE,
        "inside, after = box.call(_state)._replace(routes=0, sockets=0), outside.call(_state)",
    ),
    _mutant("separate", "wrong place: the sysctl is written on the host", FORWARD, FORWARD.replace("box.", "outside.")),
    _mutant(
        "separate", "wrong place: the host is read inside", STATE, "inside, after = box.call(_state), box.call(_state)"
    ),
    _mutant("separate", "the host's second reading is its first", STATE, "inside, after = box.call(_state), before"),
    _mutant(
        "separate", "wrong time: read before the write", f"{FORWARD}\n        {STATE}", f"{STATE}\n        {FORWARD}"
    ),
    _mutant(
        "rules",
        "treatment dropped",
        'with outside.sandbox(net=treated) as box:\n            _netlink(box, "add_nft_table"',
        'with outside.sandbox(net=False) as box:\n            _netlink(box, "add_nft_table"',
    ),
    _mutant("rules", "action skipped", '_netlink(box, "add_nft_table", "nslab")', "pass"),
    _mutant(
        "rules",
        "action skipped, and its reading a constant",
        f'_netlink(box, "add_nft_table", "nslab")\n            {TABLES}',
        "inside, after = 1, tables(outside)",
    ),
    _mutant("rules", "the host's reading a constant", TABLES, "inside, after = tables(box), 0"),
    _mutant(
        "rules",
        "wrong place: the table is made on the host",
        '_netlink(box, "add_nft_table", "nslab")',
        '_netlink(outside, "add_nft_table", "nslab")',
    ),
    _mutant(
        "rules", "wrong time: the host's second reading is its first", TABLES, "inside, after = tables(box), before"
    ),
    _mutant(
        "move",
        "treatment dropped",
        'with outside.sandbox(net=treated) as box:\n        _netlink(outside, "add_veth", "traveller", "stays")',
        'with outside.sandbox(net=False) as box:\n        _netlink(outside, "add_veth", "traveller", "stays")',
    ),
    _mutant("move", "action skipped", '        _netlink(outside, "move", "traveller", box.pid)\n', ""),
    _mutant("move", "the host's reading a constant", WHERE, 'inside, after = _where(box, "traveller"), "gone"'),
    _mutant(
        "move",
        "action skipped, and its reading a constant",
        f'_netlink(outside, "move", "traveller", box.pid)\n        {WHERE}',
        'inside, after = "here", _where(outside, "traveller")',
    ),
    _mutant(
        "move",
        "wrong place: the other end is moved",
        '_netlink(outside, "move", "traveller", box.pid)',
        '_netlink(outside, "move", "stays", box.pid)',
    ),
    _mutant(
        "move",
        "wrong place: the host is read inside",
        WHERE,
        'inside, after = _where(box, "traveller"), _where(box, "traveller")',
    ),
    _mutant(
        "move",
        "wrong time: read before the move",
        f'_netlink(outside, "move", "traveller", box.pid)\n        {WHERE}',
        f'{WHERE}\n        _netlink(outside, "move", "traveller", box.pid)',
    ),
    _mutant(
        "last",
        "treatment dropped",
        'with outside.sandbox(net=treated) as box:\n            _netlink(outside, "add_veth", "outer"',
        'with outside.sandbox(net=False) as box:\n            _netlink(outside, "add_veth", "outer"',
    ),
    _mutant(
        "last", "action skipped: the end is not moved", '            _netlink(outside, "move", "inner", box.pid)\n', ""
    ),
    _mutant(
        "last",
        "wrong place: the other end is read",
        PAIR,
        'before, inside = _where(outside, "outer"), _where(box, "outer")',
    ),
    _mutant(
        "last",
        "the host's second reading is its first",
        '    after = _where(outside, "outer")\n',
        "    after = before\n",
    ),
    _mutant("last", "reading a constant", '    after = _where(outside, "outer")\n', '    after = "gone"\n'),
    _mutant(
        "last",
        "wrong time: read while the sandbox is there",
        '    outside.call(_wait_for_their_end)\n    after = _where(outside, "outer")\n',
        "    after = inside\n",
    ),
)
