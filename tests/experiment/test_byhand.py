"""The templates of the programs by hand."""

from __future__ import annotations

import pytest

from nslab.experiment.byhand import form

pytestmark = pytest.mark.pure


@pytest.fixture
def package(tmp_path, monkeypatch):
    room = tmp_path / "byhand_room"
    (room / "thing").mkdir(parents=True)
    for directory in (room, room / "thing"):
        (directory / "__init__.py").touch()
    (room / "shared.h").write_text("/* @limit@ */\n")
    (room / "thing" / "byhand.c").write_text("@include shared.h@\nint x = @limit@;\n")
    (room / "thing" / "byhand.sh").write_text('echo @limit@ @who@ "$@"\n')
    monkeypatch.syspath_prepend(tmp_path)
    return "byhand_room.thing"


def test_values_and_shared_files_take_their_places(package):
    assert form(package, "c", {"limit": 5}) == "/* 5 */\nint x = 5;\n"
    assert form(package, "sh", {"limit": 5, "who": "me"}) == 'echo 5 me "$@"\n'


def test_a_name_that_is_missing_is_named(package):
    with pytest.raises(KeyError, match=r"byhand\.sh: there is no value for who"):
        form(package, "sh", {"limit": 5})
