"""The map panel without a browser: it follows the machine, and looks no more often than it may."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

import nslab
from nslab.cgroups.core.hierarchies import hierarchies
from nslab.course import mappanel
from nslab.linux import ns
from nslab.show.live.panel import Panel
from tests.livepanel import comes, living

NAME = f"on-the-map-{os.getpid()}"


def test_a_sandbox_comes_and_goes(monkeypatch):
    # Others may make namespaces meanwhile, and a log of a few lines would have theirs.
    monkeypatch.setattr(mappanel, "LINES", 1000)
    # On a busy machine a look takes long, and the next one is put off by many times that, which another test is about.
    monkeypatch.setattr(mappanel, "PART", 0)
    with living(nslab.map_panel()) as panel:
        panel.step(panel.now)
        with nslab.Sandbox(uts=True, name=NAME) as box:
            line = f"uts:[{box.ns['uts']}] {NAME}"
            comes(panel, lambda: f"+ {line}" in panel.log)
            assert NAME in panel.picture()
            assert f"{ns.inode('uts') % 10_000_000:07d}" in panel.picture()
        comes(panel, lambda: f"− {line}" in panel.log)
        assert NAME not in panel.picture()


def test_a_number_that_was_given_anew_is_another_namespace(monkeypatch):
    there = SimpleNamespace(type="uts", inode=7, sandbox="one", command="sh")

    class Machine(list):
        def diagram(self):
            return SimpleNamespace(_repr_html_=str)

    monkeypatch.setattr(mappanel, "ns_map", lambda: Machine([there]))
    with living(nslab.map_panel()) as panel:
        panel.step(0.0)
        there.sandbox = "two"
        panel.step(panel.now + 10)
        assert list(panel.log) == ["+ uts:[7] two", "− uts:[7] one"]


def test_each_hierarchy_can_be_shown():
    trees = hierarchies()
    if not trees:
        pytest.skip("no hierarchy is mounted here")
    with living(nslab.map_panel()) as panel:
        for tree in trees:
            panel.do_what(tree.title)
            assert panel.seen.what == tree.title
            assert set(panel.seen.things) >= {"/"}
            assert f"hierarchy {tree.id} " in panel.picture()
        panel.do_what("namespaces")
        assert "User namespaces" in panel.picture()
        with pytest.raises(ValueError, match="what='disks': choose one of namespaces"):
            panel.do_what("disks")
    with pytest.raises(ValueError, match="what='disks': choose one of namespaces"):
        nslab.map_panel("disks")
    assert nslab.map_panel("pids").what == next(t.title for t in trees if "pids" in t.subsystems)


def test_it_takes_a_twentieth_of_the_time_at_most(monkeypatch):
    quick = mappanel.look

    def slow(what):
        return quick(what)._replace(cost=0.2)

    monkeypatch.setattr(mappanel, "look", slow)
    with living(nslab.map_panel()) as panel:
        panel.step(0.0)
        assert panel.looks == 1
        panel.step(panel.now + 3.9)
        assert panel.looks == 1
        panel.step(panel.now + 4.1)
        assert panel.looks == 2


def test_what_was_asked_for_before_is_not_drawn():
    with living(nslab.map_panel()) as panel:
        panel.step(0.0)
        old, panel.what = panel.seen, "another"
        panel._came(old._replace(body="of before"))
        assert panel.picture() != "of before"


def test_a_hierarchy_that_is_gone_is_a_message():
    with living(nslab.map_panel()) as panel:
        panel.what = "gone"
        panel.step(0.0)
        assert not panel.lives
        assert "the hierarchy gone is not mounted any more" in panel._problem


def test_its_still_is_the_drawing():
    assert isinstance(nslab.map_panel(), Panel)
    still = nslab.map_panel()._repr_mimebundle_()["text/html"]
    assert "User namespaces, and what each owns" in still
    assert "nslab-chip" in still
