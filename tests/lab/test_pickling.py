"""A function that is pickled by value: the child gets what cloudpickle would give it, and does not need cloudpickle."""

import _pickle
import os
import sys
import textwrap
import time

import cloudpickle
import pytest

import nslab
from nslab.lab.client import pickling
from nslab.lab.client.host import host
from nslab.lab.server import function
from nslab.linux import process
from nslab.namespaces import uts


def cell(source):
    """What a cell of a notebook defines: the name `it` of a module that nobody can import."""
    names = {"__name__": "__main__"}
    exec(compile(textwrap.dedent(source), "<cell>", "exec"), names)
    return names["it"]


FUNCTIONS = {
    "plain": ("def it(): return 42", ()),
    "arguments": ("def it(a, b=2, *c, d=3, **e): return a, b, c, d, e", (1,)),
    "lambda": ("it = lambda a: a + 1", (1,)),
    "a global": ("n = [1, 2]\ndef it(): return n", ()),
    "a global function": ("def helps(): return n\nn = 7\ndef it(): return helps() + n", ()),
    "a module": ("import os.path\ndef it(): return os.path.join('a', os.sep)", ()),
    "a submodule": ("import xml.dom.minidom\ndef it(): return xml.dom.minidom.__name__", ()),
    "by reference": ("from os.path import basename as b\ndef it(): return b('/a/b')", ()),
    "itself": ("def it(n=3): return n and n + it(n - 1)", ()),
    "a closure": ("def makes(n):\n    def inner(): return n\n    return inner\nit = makes(5)", ()),
    "itself in a closure": (
        "def makes():\n    def inner(n): return n and n + inner(n - 1)\n    return inner\nit = makes()", (4,)),
    "an empty cell": (
        "def makes():\n    def inner(): return 1 if True else late\n    if 0: late = 1\n    return inner\n"
        "it = makes()", ()),
    "a shared cell": (
        "def makes():\n    n = []\n    def add(): n.append(1)\n    def inner():\n        add()\n        return n\n"
        "    return inner\nit = makes()", ()),
    "a global that is set": ("n = 1\ndef sets():\n    global n\n    n = 2\ndef it():\n    sets()\n    return n", ()),
    "a generator": ("def counts(n):\n    yield from range(n)\ndef it(): return list(counts(3))", ()),
    "names": ('def it() -> int:\n    "what it does"\n    return it.__name__, it.__qualname__, it.__doc__', ()),
    "another name": ("def f(): return 1\nf.__name__ = f.__qualname__ = 'g'\nf.__doc__ = None\nit = f", ()),
    "attributes": ("def it(): return it.colour\nit.colour = 'red'", ()),
    "annotations": ("def it(a: 'int' = 1) -> str: return a", ()),
    "a method of a module": ("import math\nit = math.floor", (2.5,)),
}  # fmt: skip


@pytest.mark.parametrize("which", FUNCTIONS)
def test_it_is_what_cloudpickle_makes_of_it(which):
    source, args = FUNCTIONS[which]
    it = cell(source)
    pickled = pickling.dumps((it, args))
    assert not pickled.needs_cloudpickle
    made, given = _pickle.loads(pickled.data)
    theirs, _ = cloudpickle.loads(cloudpickle.dumps((it, args)))
    for name in ("__name__", "__qualname__", "__doc__", "__module__", "__defaults__", "__kwdefaults__",
                 "__annotations__", "__dict__"):  # fmt: skip
        assert getattr(made, name, None) == getattr(theirs, name, None), name
    assert set(getattr(made, "__globals__", ())) == set(getattr(theirs, "__globals__", ()))
    assert made(*given) == theirs(*args)


def test_two_functions_share_their_globals_and_no_others():
    first = cell("n = 0\ndef other():\n    global n\n    n += 1\n    return n\ndef it(): return other")
    made = _pickle.loads(pickling.dumps(first).data)
    assert made().__globals__ is made.__globals__
    assert made.__globals__ is not first.__globals__


@pytest.mark.parametrize("source", ["class C: pass\ndef it(): return C().__class__.__name__", "class it: pass"])
def test_what_has_to_do_with_a_class_of_a_cell_needs_cloudpickle(source):
    pickled = pickling.dumps(cell(source))
    assert pickled.needs_cloudpickle
    assert not pickled.harmless


def test_what_it_is_given_may_be_anything():
    pickled = pickling.dumps((nslab.CLONE_NEWUTS, bytearray(b"x"), {1: {2}}, None))
    assert not pickled.needs_cloudpickle
    assert _pickle.loads(pickled.data) == (nslab.CLONE_NEWUTS, bytearray(b"x"), {1: {2}}, None)


class Tells:
    """What is read in the fork server and not in the child would be seen there."""

    def __reduce__(self):
        return os.getpid, ()


@pytest.mark.parametrize(
    ("thing", "harmless"),
    [
        (cell("import os, sys\ndef it(): return os.getpid(), sys.path"), True),
        (cell("def helps(): return 1\ndef it(): return helps()"), True),
        ((cell("def it(a): return a"), ([1, {"a": b"b"}],)), True),
        (cell("import xml.dom\ndef it(): return xml.dom"), False),
        (cell("import colorsys\ndef it(): return colorsys"), False),
        (cell("from os import getpid as g\ndef it(): return g()"), False),
        (cell("from nslab.linux import sysv\ndef it(): return sysv"), False),
        ((cell("def it(a): return a"), (Tells(),)), False),
        ((cell("def it(a): return len(a)"), (bytes(pickling.SMALL),)), False),
    ],
)
def test_the_fork_server_reads_only_what_does_nothing(thing, harmless):
    assert pickling.dumps(thing).harmless == harmless


def test_what_does_something_does_it_in_the_child():
    child = nslab.clone(lambda a: a, args=(Tells(),))
    assert child.result() == child.pid


def test_what_a_harmless_function_may_name_is_loaded_in_any_case():
    assert set(nslab.clone(cell("import sys\ndef it(): return list(sys.modules)")).result()) >= function.LOADED


def test_what_cannot_be_pickled_is_refused_as_before():
    with pytest.raises(TypeError, match="cannot be sent to a child"):
        nslab.clone(lambda a: a, args=((i for i in ()),))


@pytest.mark.parametrize("value", [(1, [2]), {"a": {1, 2}}, os.stat("/"), range(3), nslab.CLONE_NEWUTS, 1 + 2j])
def test_a_value_comes_back_and_brings_nothing_with_it(value):
    value_again, modules = nslab.clone(lambda: (value, list(sys.modules))).result()
    assert value_again == value
    assert type(value_again) is type(value)
    assert "cloudpickle" not in modules


def test_a_class_of_a_cell_comes_back_as_itself():
    it = cell("class C:\n    n = 5\ndef it(): return C()")
    assert nslab.clone(it).result().n == 5


def test_the_server_that_clones_stays_as_small_as_it_began():
    """Whatever runs: a class of a cell, a demo, an error, a map that gives nobody a name, an exception."""
    nslab.clone(os.getpid).result()
    look = cell("import sys\ndef it(): return sorted(sys.modules)")
    before = nslab.clone(look).result()
    assert not {"cloudpickle", "typing", "dataclasses", "re"} & set(before)
    assert nslab.clone(cell("class C: n = 3\ndef it(): return C.n")).result() == 3
    uts.demo()
    with pytest.raises(OSError, match="uid_map"):
        nslab.clone(os.getpid, nslab.CLONE_NEWUSER, uid_map=[(0, 0, 1), (0, 0, 1)])
    nslab.clone(os.getpid, nslab.CLONE_NEWUSER, uid_map=[(1234, os.getuid(), 1)]).result()
    with pytest.raises(ZeroDivisionError):
        nslab.clone(cell("def it(): return 1 / 0")).result()
    with nslab.Sandbox(uts=True) as box:
        box.call(cell("class C: n = 3\ndef it(): return C.n"))
    assert nslab.clone(look).result() == before


def test_a_second_server_that_was_killed_is_replaced():
    needs_it = cell("import os\nclass C: pass\ndef it(): return C and os.getppid()")
    first_server, second = nslab.clone(os.getppid).result(), nslab.clone(needs_it).result()
    assert process.children(first_server).count(second) == 1
    os.kill(second, 9)
    while process.runs(second):
        time.sleep(0.001)
    third = nslab.clone(needs_it).result()
    assert third not in (first_server, second)
    assert nslab.clone(os.getppid).result() == first_server
    assert nslab.clone(needs_it).result() == third


def test_both_servers_end_with_the_host():
    nslab.clone(cell("class C: pass\ndef it(): return C.__name__")).result()
    server = process.children(host().keeper)[0]
    below = [server, *process.children(server)]
    host().close()
    assert not [pid for pid in below if os.path.exists(f"/proc/{pid}")]
