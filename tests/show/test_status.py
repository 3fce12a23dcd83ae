"""The line that says what is going on: on a terminal and in a cell, and nothing of it afterwards."""

import io
import os
import re
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import nbclient
import nbformat
import pytest

from nslab.show import status

pytestmark = pytest.mark.pure

CELL = """
import time
from nslab.experiment.evidence import Row
from nslab.experiment.parts import Part
from nslab.experiment.run import run

def slow(treated):
    time.sleep({seconds})
    yield Row("name", "a name", "host", "inside" if treated else "host", "host")

run("nslab.namespaces.uts", "A claim.", [Part("slow", "it is slow", slow)], None,
    {{"hostname": "a", "domainname": "b"}}, measures=False)
"""


def until(written):
    """What is shown, as soon as something is."""
    deadline = time.monotonic() + 30
    while not (shown := written()):
        assert time.monotonic() < deadline
    return shown


@pytest.fixture
def terminal(monkeypatch):
    """What is written to stderr, which is a terminal."""
    ours, theirs = os.openpty()
    os.set_blocking(ours, False)
    monkeypatch.setenv("TERM", "xterm")
    with open(theirs, "w") as stream:
        # Not sys.stderr itself: between a fixture and its test pytest puts its own there.
        monkeypatch.setattr(status, "sys", SimpleNamespace(stderr=stream))

        def written():
            # What was written on the other side comes through a moment later.
            time.sleep(0.05)
            try:
                return os.read(ours, 65536).decode()
            except BlockingIOError:
                return ""

        yield written
    os.close(ours)


def test_a_terminal_shows_it_while_it_lasts(terminal):
    with status.status() as tell:
        tell("shares: the control")
        shown = until(terminal)
        assert re.fullmatch("(\r\x1b\\[2Kshares: the control … [0-9]+ s)+", shown)
    assert terminal().endswith("\r\x1b[2K")


def test_what_is_soon_done_shows_nothing(terminal, monkeypatch):
    monkeypatch.setattr(status, "AFTER", 60.0)
    started = time.monotonic()
    with status.status() as tell:
        tell("a moment")
    assert time.monotonic() - started < 30, "and nobody waits for the line"
    assert terminal() == ""


@pytest.mark.parametrize("end", [ValueError, KeyboardInterrupt])
def test_it_goes_whatever_the_end_is(terminal, end):
    def breaks_off():
        with status.status() as tell:
            tell("a part")
            until(terminal)
            raise end

    with pytest.raises(end):
        breaks_off()
    assert terminal().endswith("\r\x1b[2K")


def test_where_nobody_looks_nothing_is_written(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with status.status() as tell:
        tell("a part")
        time.sleep(status.AFTER + 0.2)
    assert sys.stderr.getvalue() == ""


def ran(source):
    """The messages that a cell sends while it runs, and its outputs afterwards."""
    messages = []

    class Client(nbclient.NotebookClient):
        def process_message(self, msg, cell, cell_index):
            messages.append(msg)
            return super().process_message(msg, cell, cell_index)

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    where = {"metadata": {"path": str(Path(__file__).parents[2])}}
    Client(notebook, timeout=60, kernel_name="python3", resources=where).execute()
    return messages, notebook.cells[0].outputs


def test_a_cell_shows_it_until_the_result_is_there():
    messages, outputs = ran(CELL.format(seconds=1))
    shown = [m["content"]["data"]["text/html"] for m in messages if "display_data" in m["msg_type"]]
    assert re.search("slow … [0-9]+ s", shown[0])
    assert any("slow: the control" in each for each in shown)
    assert shown[-1] == ""
    assert [o.output_type for o in outputs] == ["display_data", "execute_result"]
    assert outputs[0].data["text/html"] == ""


def test_a_cell_that_is_soon_done_shows_its_result_alone():
    _, outputs = ran(CELL.format(seconds=0))
    assert [o.output_type for o in outputs] == ["execute_result"]
