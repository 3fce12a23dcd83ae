"""The panel of each namespace type without a browser: guess, run, compare; and the loop is not held up."""

from __future__ import annotations

import asyncio
import inspect
import re
import threading
from contextlib import contextmanager
from importlib import import_module

import pytest

from nslab.errors import Unsupported
from nslab.experiment.evidence import Evidence, Row
from nslab.experiment.expect import NOT_ASKED, Is
from nslab.experiment.panel import CHANGED, KEPT, MATTERS, NO_MATTER, OTHER, SAME, kernel_says
from nslab.namespaces import TYPES
from nslab.namespaces.panel import panel
from tests import livepanel


@contextmanager
def living(kind):
    """The panel as if a page showed it. Without an event loop it waits for what it runs."""
    made = import_module(f"nslab.namespaces.{kind}").panel()
    made.heard = []
    made.say = lambda words, bad=False: made.heard.append((words, bad))
    with livepanel.living(made):
        yield made


def table_of(made):
    return next(block for block in made.shown() if block["kind"] == "table")


def words(made, number):
    return [cell if isinstance(cell, str) else cell["text"] for cell in table_of(made)["rows"][number]["cells"]]


@pytest.mark.parametrize("kind", TYPES)
def test_each_type_asks_runs_and_compares(kind):
    try:
        import_module(f"nslab.namespaces.{kind}").demo(only=panel(kind)._part)
    except Unsupported as e:
        pytest.skip(str(e))
    with living(kind) as made:
        assert made.evidence is None
        assert table_of(made)["caption"] == "Guess first"
        assert [row["cells"][0] for row in table_of(made)["rows"]] == [line.label for line, _ in made._lines]
        made.do_run()
        assert isinstance(made.evidence, Evidence)
        assert made.evidence.holds
        assert len(table_of(made)["rows"]) == len(made.evidence.rows) + len(made.evidence.inodes)
        assert any(block["kind"] == "html" and "nslab-badge" in block["body"] for block in made.shown())
        made.do_again()
        assert table_of(made)["caption"] == "Guess first"


def test_a_guess_is_told_right_or_wrong():
    with living("uts") as made:
        made.do_guess("inside:0", OTHER)
        made.do_guess("after:0", CHANGED)
        made.do_guess("inside:2", OTHER)
        made.do_run()
        assert words(made, 0) == ["hostname", f"✓ {OTHER}", f"✗ {KEPT}, not {CHANGED}", MATTERS]
        assert words(made, 2) == ["inode of the uts namespace", f"✓ {OTHER}", KEPT, MATTERS]
        assert made.evidence.row("hostname").inside == "web-1"


def test_where_the_host_has_no_value_the_guess_is_what_comes_out():
    with living("pid") as made:
        made.do_part("signals: ")
        made.do_guess("inside:0", "killed")
        made.do_guess("inside:1", "ignored")
        with pytest.raises(ValueError, match=r"choose one of [?], ignored, killed"):
            made.do_guess("inside:0", OTHER)
        made.do_run()
        assert words(made, 0) == ["SIGTERM to init from inside", "✗ ignored, not killed", "–", "–"]
        assert words(made, 1) == ["SIGKILL to init from inside", "✓ ignored", "–", "–"]


def test_options_reach_the_demo_and_its_message_comes_back():
    with living("uts") as made:
        made.do_option("hostname", "mine")
        made.do_run()
        assert made.evidence.row("hostname").inside == "mine"
        made.do_option("hostname", "no blanks")
        made.do_run()
        assert made.heard[-1] == ("hostname='no blanks': give 1 to 64 letters, digits, '-', '_' and '.'", True)
        assert made.lives
    with living("ipc") as made:
        made.do_option("key", "0x1234")
        made.do_run()
        assert made.evidence.holds
        made.do_option("key", "a key")
        made.do_run()
        assert made.heard[-1][0].startswith("key='a key': give a number from 1")
        with pytest.raises(ValueError, match="option='lock': choose one of key"):
            made.do_option("lock", "1")


def fields_of(made):
    return [item["label"] for block in made.shown() for item in block.get("items", []) if item["kind"] == "entry"]


def test_an_option_is_shown_where_its_part_uses_it():
    with living("pid") as made:
        assert fields_of(made) == []
        made.do_part("levels: ")
        assert fields_of(made) == ["levels"]


@pytest.mark.pure
@pytest.mark.parametrize("kind", TYPES)
def test_a_part_names_the_options_that_it_uses(kind):
    module = import_module(f"nslab.namespaces.{kind}")
    for part in module.PARTS:
        body = inspect.getsource(part.observe).partition("-> Iterator[Row]:")[2]
        assert [name for name in part.options if not re.search(rf"\b{name}\b", body)] == [], part.name


def test_another_part_asks_for_its_own_lines():
    with living("uts") as made:
        made.do_run()
        made.do_part("second: each sandbox keeps its own name")
        assert made.evidence is None
        assert {line.part for line, _ in made._lines} == {"second"}
        with pytest.raises(ValueError, match="part='third': choose one of rename, second"):
            made.do_part("third")
        with pytest.raises(ValueError, match="guess='perhaps'"):
            made.do_guess("inside:0", "perhaps")


@pytest.mark.pure
def test_what_the_kernel_says_of_a_line():
    def line(*values, expect=None, **how):
        return Row("key", "a line", *values, **({"expect": expect} if expect else {}), **how)

    isolated, shared = line("a", "b", "a"), line("a", "b", "b")
    assert kernel_says(isolated, shared) == {"inside": OTHER, "after": KEPT, "without": MATTERS}
    assert kernel_says(line("a", "a", "c"), line("a", "a", "c"))["after"] == CHANGED
    refused = line(NOT_ASKED, "EPERM", NOT_ASKED, expect=Is("EPERM"))
    assert kernel_says(refused, refused) == {"without": NO_MATTER}
    may, may_not = (line(NOT_ASKED, said, NOT_ASKED, expect=Is(False)) for said in (True, False))
    assert kernel_says(may_not, may) == {"inside": "False"}
    # A clock goes on, and a number that is another each time says nothing of the namespace.
    clock = line(10.1, 10.2, 10.3, expect=Is(10.2))
    assert kernel_says(clock, clock) == {"inside": SAME, "after": KEPT, "without": NO_MATTER}
    counted = line(83, 84, 83, decisive=False, varies=True)
    assert list(kernel_says(counted, counted)) == ["without"]


def test_an_event_loop_is_not_held_up_and_an_old_answer_is_dropped():
    made, pressed, held_up = panel("uts"), threading.Event(), []

    def slow(only, **_):
        held_up.append(not pressed.wait(20))
        return import_module("nslab.namespaces.uts").demo(only=only)

    made._demo = slow

    async def page():
        made._loop = asyncio.get_running_loop()
        made._start()
        made.do_part("unprivileged: ")
        button = next(item for block in made.shown() for item in block.get("items", []) if item.get("name") == "run")
        assert button["off"]
        pressed.set()
        while made._busy:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)

    asyncio.run(page())
    assert not any(held_up)
    assert {line.part for line, _ in made._lines} == {"unprivileged"}


def test_a_demo_that_fails_ends_the_panel_with_a_message_and_it_can_start_again():
    with living("uts") as made:
        demo, made._demo = made._demo, lambda **_: 1 / 0
        made.do_run()
        assert not made.lives
        assert "division by zero" in made._problem
        made._demo = demo
        made._start()
        made.do_run()
        assert made.evidence.holds


def test_its_still_is_the_evidence():
    still = import_module("nslab.namespaces.uts").panel()._repr_mimebundle_()["text/html"]
    assert "nslab-badge" in still
    assert "two names that follow the namespace" in still
