import pytest

import nslab
from nslab.show.room import ROOM

pytestmark = pytest.mark.pure


def test_predict_asks_and_reveals():
    guess = nslab.predict("Which?", ["this", "that"])
    assert "( ) this" in repr(guess)
    assert guess.reveal("this").words == "You did not guess. The kernel said: this."
    bundle = guess._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    guess._buttons.value = "that"
    assert not guess.reveal("this").right
    assert guess.reveal("that").right
    assert "You said: that. The kernel said: this." in guess.reveal("this")._repr_html_()


def test_a_room_raises_its_hands(monkeypatch):
    asked = nslab.predict("Which?", ["this", "that"])
    assert asked.hands == {}
    for name, value in ROOM.items():
        monkeypatch.setenv(name, value)
    bundle = asked._repr_mimebundle_()
    assert "<li>that</li>" in bundle["text/html"]
    assert asked.hands == {"this": 0, "that": 0}
    assert asked.reveal("that").words == "You did not guess. The kernel said: that.", "no hand was raised"
    asked._hands.counts = [12, 4]
    assert asked.reveal("that").words == "4 of 16 hands had it: that."
    assert "The kernel said" in asked.reveal("that")._repr_html_()


@pytest.mark.parametrize(
    ("question", "options", "error"),
    [("", ["a", "b"], TypeError), (3, ["a", "b"], TypeError), ("q", "ab", TypeError), ("q", ["a"], ValueError),
     ("q", ["a", "a"], ValueError), ("q", list("abcde"), ValueError), ("q", ["a", 2], TypeError)],
)  # fmt: skip
def test_bad_questions_are_named(question, options, error):
    with pytest.raises(error, match=r"question=|options="):
        nslab.predict(question, options)


def test_reveal_takes_an_option():
    with pytest.raises(ValueError, match="observed='other' is not one of the options"):
        nslab.predict("Which?", ["this", "that"]).reveal("other")
    with pytest.raises(ValueError, match="elsewhere='other' is not one of the options"):
        nslab.predict("Which?", ["this", "that"]).reveal(None, elsewhere="other")
    with pytest.raises(ValueError, match="observed=None: give elsewhere="):
        nslab.predict("Which?", ["this", "that"]).reveal(None)


def test_what_was_seen_elsewhere_is_told_as_that():
    guess = nslab.predict("Which?", ["this", "that"])
    guess._repr_mimebundle_()
    guess._buttons.value = "that"
    told = guess.reveal(None, elsewhere="this")
    assert told.words.startswith("You said: that. This kernel was not asked.")
    assert told.words.endswith("said: this.")
    assert "Not measured here" in told._repr_html_()
    assert guess.reveal("that", elsewhere="this").words == "You guessed it: that."
