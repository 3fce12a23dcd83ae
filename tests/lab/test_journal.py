"""What nslab changed is put back where it is still nslab's, and nowhere else."""

import json
import os

import pytest

from nslab.lab.upkeep import journal, registry, session
from nslab.linux import files

SESSION = "2-1-1"


@pytest.fixture
def setting(tmp_path, monkeypatch):
    """A file with a setting, which was "before"; and a registry of its own, whose sessions nobody else ends."""
    monkeypatch.setattr(registry, "places", lambda name: [tmp_path / name])
    # A file of the kernel's has only what was written last.
    write = files.write

    def write_anew(path, text):
        if os.path.exists(path):
            os.truncate(path, 0)
        write(path, text)

    monkeypatch.setattr(files, "write", write_anew)
    file = tmp_path / "setting"
    file.write_text("before")
    return file


def change(file, text="nslab's", back="before", **more):
    journal.change(SESSION, str(file), text, back, **more)
    assert file.read_text() == text


@pytest.fixture(params=["undo", "restore"])
def end(request, setting):
    """The two ways in which a change ends; either leaves no note."""

    def end(file=setting):
        journal.undo(SESSION, str(file)) if request.param == "undo" else journal.restore(SESSION)
        assert journal._notes(SESSION) == []

    return end


def test_it_is_put_back(setting, end):
    change(setting)
    end()
    assert setting.read_text() == "before"


def test_what_somebody_else_has_set_meanwhile_is_his(setting, end):
    change(setting)
    setting.write_text("the administrator's")
    end()
    assert setting.read_text() == "the administrator's"


def test_another_file_of_that_name_is_not_it(setting, end):
    """A cgroup that was removed and made again, a device that came back."""
    change(setting)
    (setting.parent / "new").write_text("nslab's")
    os.replace(setting.parent / "new", setting)
    end()
    assert setting.read_text() == "nslab's"


def test_a_file_that_is_gone_is_forgotten(setting, end):
    change(setting)
    setting.unlink()
    end()
    assert not setting.exists()


def test_another_boot_has_settings_of_its_own(setting, end, monkeypatch):
    change(setting)
    monkeypatch.setattr(session, "boot", lambda: "another")
    end()
    assert setting.read_text() == "nslab's"


@pytest.mark.parametrize(("now", "after"), [("mine", "before"), (None, "before"), ("another's", "nslab's")])
def test_what_else_has_to_be_so(setting, end, now, after):
    """A loop device keeps its scheduler, and may have got somebody else's file."""
    backing = setting.parent / "backing_file"
    backing.write_text("mine")
    change(setting, same={str(backing): "mine"})
    backing.unlink()
    if now:
        backing.write_text(now)
    end()
    assert setting.read_text() == after


def test_the_choice_in_brackets_is_what_is_set(setting, end):
    change(setting, "bfq", "none")
    setting.write_text("mq-deadline kyber [bfq] none\n")
    end()
    assert setting.read_text() == "none"
    change(setting, "bfq", "none")
    setting.write_text("mq-deadline [kyber] bfq none\n")
    end()
    assert setting.read_text() == "mq-deadline [kyber] bfq none\n"


@pytest.mark.parametrize(
    ("given", "beside", "after"),
    [
        ("cpu memory", [], "-memory"),
        ("cpu memory", ["nslab-own"], "-memory"),
        ("cpu", [], "cpu"),
        ("cpu memory", ["somebody.scope"], "cpu memory"),
        ("cpu memory", ["nslab-3-1-1"], "cpu memory"),
    ],
)
def test_controllers_that_others_have_come_to_use_stay(setting, end, given, beside, after):
    file = setting.parent / "cgroup" / journal.SUBTREE
    file.parent.mkdir()
    file.write_text("cpu")
    change(file, "+memory", "-memory")
    file.write_text(given)
    for name in beside:
        (file.parent / name).mkdir()
    end(file)
    assert file.read_text() == after


def test_a_living_session_inherits_what_it_has_come_to_use(setting):
    file = setting.parent / "cgroup" / journal.SUBTREE
    file.parent.mkdir()
    file.write_text("")
    change(file, "+memory", "-memory")
    file.write_text("memory")
    registry.open_session("3-1-1")
    (file.parent / "nslab-3-1-1").mkdir()
    journal.restore(SESSION)
    assert (journal._notes(SESSION), file.read_text()) == ([], "memory")
    (file.parent / "nslab-3-1-1").rmdir()
    journal.restore("3-1-1")
    assert file.read_text() == "-memory"


def test_a_change_that_was_refused_leaves_no_note(setting):
    with pytest.raises(OSError, match="missing"):
        journal.change(SESSION, str(setting.parent / "missing"), "x", "y")
    assert journal._notes(SESSION) == []


def test_notes_of_an_earlier_nslab_do_not_tell_what_was_written_and_undo_nothing(setting):
    registry.open_session(SESSION)
    (registry.directory() / SESSION / journal.NAME).write_text(json.dumps([str(setting), "0"]) + "\n")
    journal.restore(SESSION)
    assert setting.read_text() == "before"
    assert not (registry.directory() / SESSION / journal.NAME).exists()


def test_the_last_change_is_undone_first(setting):
    change(setting, "once", "before")
    change(setting, "twice", "once")
    journal.restore(SESSION)
    assert setting.read_text() == "before"


@pytest.mark.parametrize(("comes", "left"), [(None, "-memory"), ("newcomer", "cpu memory")])
def test_controllers_are_taken_away_where_only_those_are_that_lived_without(setting, end, comes, left):
    """A cgroup that was there before has never had them; one that came since may need them."""
    above = setting.parent / "above"
    (above / "earlier").mkdir(parents=True)
    file = above / "cgroup.subtree_control"
    file.write_text("cpu")
    change(file, "+memory", "-memory")
    file.write_text("cpu memory")  # as the kernel shows it
    if comes:
        (above / comes).mkdir()
    end(file)
    assert file.read_text() == left


OTHER = "3-1-1"


@pytest.mark.parametrize("first", ["undo", "restore"])
def test_what_two_sessions_need_is_put_back_by_the_last(setting, first):
    journal.need(SESSION, str(setting), "needed")
    journal.need(OTHER, str(setting), "needed")
    assert setting.read_text() == "needed"
    journal.undo(SESSION, str(setting)) if first == "undo" else journal.restore(SESSION)
    assert setting.read_text() == "needed"
    journal.restore(OTHER)
    assert setting.read_text() == "before"


def test_what_one_session_needs_twice_is_put_back_by_the_second(setting):
    journal.need(SESSION, str(setting), "needed")
    journal.need(SESSION, str(setting), "needed")
    journal.undo(SESSION, str(setting))
    assert setting.read_text() == "needed"
    journal.undo(SESSION, str(setting))
    assert setting.read_text() == "before"


def test_what_was_so_before_stays(setting, end):
    setting.write_text("needed")
    journal.need(SESSION, str(setting), "needed")
    end()
    assert setting.read_text() == "needed"


def test_a_setting_of_another_network_namespace_is_not_it(setting, end, monkeypatch):
    monkeypatch.setattr(journal, "_net", lambda path: 1)
    journal.need(SESSION, str(setting), "needed")
    monkeypatch.setattr(journal, "_net", lambda path: 2)
    end()
    assert setting.read_text() == "needed"
