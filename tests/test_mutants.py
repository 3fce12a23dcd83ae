"""A broken demo does not hold: one variant of each here, all of them by `make mutate`."""

from __future__ import annotations

import os
import shutil
from importlib import import_module
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from nslab.course.demos import ROOMS
from tests.mutants import ROOT, Mutant, edit, of, subjects
from tests.mutants._run import a_copy, edited

NAMES = {name: room for room, names in ROOMS.items() for name in names}
LEAST = 4
"""Variants of each part."""
UTS = "nslab/namespaces/uts/experiment.py"


@pytest.fixture(scope="module")
def copy():
    with a_copy() as it:
        yield it


@pytest.mark.pure
def test_each_demo_has_variants_and_nothing_else_has():
    assert set(subjects()) == set(NAMES)


@pytest.mark.pure
@pytest.mark.parametrize("name", NAMES)
def test_each_part_has_enough_variants_and_each_is_one(name):
    mutants = of(name)
    parts = [part.name for part in import_module(f"nslab.{NAMES[name]}.{name}").PARTS]
    for part in parts:
        assert sum(m.part == part for m in mutants) >= LEAST, f"{part} has fewer than {LEAST} variants"
    for mutant in mutants:
        assert mutant.part in parts
        text = (ROOT / mutant.edit.file).read_text(encoding="utf-8")
        assert text.count(mutant.edit.old) == 1, f"{mutant.part}, {mutant.about}: {mutant.edit.old!r} has to stand once"
        assert mutant.edit.old != mutant.edit.new
        compile(text.replace(mutant.edit.old, mutant.edit.new), mutant.edit.file, "exec")
    edits = [(mutant.part, mutant.edit) for mutant in mutants]
    assert len(set(edits)) == len(edits), "a variant stands there twice"


@pytest.mark.any_user
@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_a_variant_is_noticed(name, copy):
    mutant = next(m for m in of(name) if not m.survives)
    outcome = copy.run(name, mutant.part, mutant)
    if outcome.verdict == "unsupported":
        pytest.skip(outcome.said)
    assert outcome.verdict == "caught", f"{mutant.part}, {mutant.about}: {outcome.verdict} {outcome.said}"


@pytest.mark.any_user
@pytest.mark.long
@pytest.mark.parametrize(
    ("new", "verdict", "fails"),
    [
        ("before, ns_before = outside.call(names), no_such_name", "invalid", True),
        ("before, ns_before = outside.call(names), 1 / 0", "caught", False),
        ("before, ns_before = outside.call(names), outside.ns['uts']", "held", True),
    ],
)
def test_what_is_no_program_is_no_variant_and_what_changes_nothing_is_not_noticed(new, verdict, fails, copy):
    old = 'before, ns_before = outside.call(names), outside.ns["uts"]'
    outcome = copy.run("uts", "rename", Mutant("rename", "", edit(UTS, old, new)))
    assert (outcome.verdict, outcome.fails) == (verdict, fails), outcome.said


@pytest.mark.any_user
@pytest.mark.long
def test_a_part_has_to_hold_as_it_is(copy):
    assert not copy.run("uts", "unprivileged").fails
    with edited(copy.root, of("uts")[0].edit):
        assert copy.run("uts", "rename").fails


@pytest.mark.pure
def test_an_edit_is_taken_back_with_what_was_compiled_of_it(tmp_path):
    (tmp_path / UTS).parent.mkdir(parents=True)
    shutil.copy2(ROOT / UTS, tmp_path / UTS)
    path, cache = tmp_path / UTS, Path(cache_from_source(str(tmp_path / UTS)))
    cache.parent.mkdir()
    cache.write_bytes(b"of the text")
    before = path.read_bytes(), path.stat().st_mtime_ns
    with edited(tmp_path, of("uts")[0].edit):
        assert path.read_bytes() != before[0]
        assert not cache.exists()
        cache.write_bytes(b"of the variant")
        # As a compiler would find it: the same second, and as many bytes.
        os.utime(path, ns=(before[1], before[1]))
    assert (path.read_bytes(), path.stat().st_mtime_ns, cache.read_bytes()) == (*before, b"of the text")
    with pytest.raises(ValueError, match="stands there 0 times"), edited(tmp_path, edit(UTS, "no such text", "")):
        pass
