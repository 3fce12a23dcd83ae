import pytest

from nslab.show import cgdiagram, nsdiagram
from nslab.show.printable import printable

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("bash", "bash"),
        ("grüß ✓ 日本", "grüß ✓ 日本"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("a\nb\tc\rd\x7f", r"a\x0ab\x09c\x0dd\x7f"),
        ("\x9b2J", r"\x9b2J"),
        ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
        ("\u202eexe.txt\u2066", r"\u202eexe.txt\u2066"),
        (b"\xff\x80".decode(errors="surrogateescape"), r"\xff\x80"),
    ],
)
def test_what_a_terminal_obeys_is_written_out(name, shown):
    assert printable(name) == shown


def test_drawings_write_it_out():
    bad = "\x1b[31m\n\u202e"
    group = {"path": f"/{bad}", "procs": [(7, bad)], "children": []}
    root = {"path": "/", "procs": [], "children": [group]}
    hierarchy = {"id": 1, "version": 1, "title": "pids", "own": "/", "root": root}
    user = {"type": "user", "inode": 4026531837, "pids": [7], "command": bad, "owner": None, "parent": None, "uid": 0,
            "held_by": [], "sandbox": "", "nprocs": 1, "lowest_pid": 7}  # fmt: skip
    for drawing in (cgdiagram.Diagram([hierarchy]), nsdiagram.Diagram([user])):
        for text in (repr(drawing), drawing._repr_html_()):
            assert r"\x1b[31m\x0a\u202e" in text
            assert not {"\x1b", "\u202e"} & set(text)
