"""A process that is forked with os.fork(), here or in a child: nobody answers for somebody else, and nothing hangs."""

import os
import sys
import time

import pytest

import nslab


def in_a_fork(function):
    """What the function says in a process forked from this one (None), or of what it raised."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            said = function() or ""
        except BaseException as e:
            said = f"{type(e).__name__}: {e}"
        os.write(write, str(said).encode())
        os._exit(0)
    os.close(write)
    with open(read) as answer:
        said = answer.read()
    assert os.waitpid(pid, 0)[1] == 0
    return said


def forks_and(then):
    def child():
        if os.fork() == 0:
            then()
            return "the grandchild's"
        os.wait()
        return ["the", "child's"]

    return child


def fails():
    raise ValueError("of the grandchild")


@pytest.mark.parametrize("then", [lambda: None, lambda: sys.exit(3), fails])
def test_only_the_child_answers(then):
    child = nslab.clone(forks_and(then))
    assert child.result() == ["the", "child's"]
    assert child.wait() == 0
    assert ("ValueError: of the grandchild" in child.stderr) == (then is fails)


def test_only_the_child_answers_where_both_are_number_one():
    def child():
        from nslab.linux import ns

        ns.unshare(nslab.CLONE_NEWPID)
        if os.fork() == 0:
            return "the grandchild's"
        os.wait()
        return ["the", "child's"]

    assert nslab.clone(child, nslab.CLONE_NEWUSER, nslab.CLONE_NEWPID).result() == ["the", "child's"]


def test_what_has_ended_can_be_asked_in_a_forked_process_too():
    child = nslab.clone(lambda: 42)
    child.wait()
    assert in_a_fork(child.result) == "42"


def test_a_forked_process_can_clone():
    nslab.clone(os.getpid).result()
    assert in_a_fork(lambda: nslab.clone(lambda: 7).result()) == "7"


def test_a_sandbox_belongs_to_the_process_that_made_it():
    with nslab.Sandbox(uts=True, hostname="box") as box:
        assert "from which this was forked" in in_a_fork(lambda: box.run("hostname"))
        in_a_fork(lambda: box.__exit__())
        assert box.run("hostname").stdout == "box\n"


def test_a_child_belongs_to_the_process_that_made_it():
    with nslab.clone(lambda: time.sleep(30), stream=False) as child:
        assert "from which this one was forked" in in_a_fork(child.wait)
        in_a_fork(lambda: child.__exit__())
        assert child.alive
