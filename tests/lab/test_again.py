"""A cell that runs again, in a real kernel: what it named is there once, and two of one name in one run are refused."""

from __future__ import annotations

from queue import Empty

import pytest
from jupyter_client.manager import start_new_kernel


@pytest.fixture(scope="module")
def run():
    manager, client = start_new_kernel()

    def run(cell, code):
        """Run code as the page does, which names the cell, and return what it printed or raised."""
        request = client.session.msg("execute_request", {"code": code, "silent": False, "stop_on_error": False})
        request["metadata"]["cellId"] = cell
        client.shell_channel.send(request)
        said = ""
        while True:
            try:
                message = client.get_iopub_msg(timeout=60)
            except Empty:
                raise AssertionError(f"{code} does not end") from None
            if message["parent_header"].get("msg_id") != request["header"]["msg_id"]:
                continue
            content = message["content"]
            if message["msg_type"] == "error":
                said += content["ename"]
            if message["msg_type"] == "stream":
                said += content["text"]
            if message["msg_type"] == "status" and content["execution_state"] == "idle":
                return said

    run("first", "import nslab")
    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


SANDBOX = "box = nslab.Sandbox(uts=True, hostname='{0}', name='again')\nprint(box.run('uname -n'))"


def test_a_named_sandbox_is_made_again(run):
    assert "one" in run("a", SANDBOX.format("one"))
    first = run("look", "earlier = box; print(box.pid)")
    assert "two" in run("a", SANDBOX.format("two"))
    assert run("look", "print(box.pid)") != first
    assert "ProcessLookupError" in run("look", "earlier.run('true')")
    assert "ValueError" in run("b", SANDBOX.format("three")), "another cell may not take its name"
    assert "two" in run("look", "print(box.run('uname -n'))")


def test_twice_in_one_run_is_refused(run):
    twice = "both = [nslab.Sandbox(uts=True, name='twice') for _ in range(2)]"
    assert run("c", twice) == run("c", twice) == "ValueError"


def test_a_named_cgroup_is_made_again(run):
    code = "group = nslab.Cgroup('pids', name='again', pids_max={0})\nprint(group.pids_max)"
    said = run("d", code.format(7))
    if "Unsupported" in said:
        pytest.skip("this user may make no cgroup here")
    assert said.strip() == "7"
    assert run("d", code.format(8)).strip() == "8"
    assert "ValueError" in run("e", code.format(9))
    inside = "child = group.child('inside')\nprint(child.name)"
    assert run("f", inside) == run("f", inside) == "inside\n"
    assert run("d", code.format(9)).strip() == "9"
