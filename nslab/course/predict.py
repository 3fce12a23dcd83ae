"""A question that is asked before the answer is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from nslab.course import lessons, record
from nslab.show import html
from nslab.show.room import for_a_room


class Prediction:
    """A question with its options; as the last line of a cell it shows itself.

    `choice` is what the learner has picked so far, or None. `reveal()` compares it with what was observed. On the
    slides of a talk the raised hands are counted for each option, and `hands` has them.
    """

    def __init__(self, question: str, options: Sequence[str]) -> None:
        self.question, self.options = _checked(question, options)
        self._buttons: Any = None
        self._hands: Any = None

    @property
    def hands(self) -> dict[str, int]:
        """How many have raised a hand for each option; nothing where nobody was asked."""
        return dict(zip(self.options, self._hands.counts, strict=True)) if self._hands is not None else {}

    @property
    def choice(self) -> str | None:
        """The option picked so far, or None."""
        return self._buttons.value if self._buttons is not None else None

    def reveal(self, observed: str | None, elsewhere: str | None = None) -> Revealed:
        """Say how the guess and what was observed compare, and note it in the learner's record.

        `observed` is None where this machine could not be asked: then `elsewhere`, what the lesson's author saw on a
        machine that could, is told as that, and nothing is noted. Raises ValueError when one is given that is not an
        option, or neither.
        """
        for name, value in {"observed": observed, "elsewhere": elsewhere}.items():
            if value is not None and value not in self.options:
                raise ValueError(f"{name}={value!r} is not one of the options: {', '.join(self.options)}")
        if observed is None and elsewhere is None:
            raise ValueError(f"observed=None: give elsewhere=, one of the options: {', '.join(self.options)}")
        if observed is None:
            return Revealed(self.choice, str(elsewhere), here=False)
        revealed = Revealed(self.choice, observed, hands=self.hands)
        # Who has not guessed, as when all cells are run at once, has not guessed wrong.
        if revealed.guess is not None:
            record.note("guess", lesson=lessons.running(), question=self.question, guess=revealed.guess,
                        observed=observed, right=revealed.right)  # fmt: skip
        return revealed

    def __repr__(self) -> str:
        return "\n".join([self.question, *(f"  ( ) {option}" for option in self.options)])

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        items = "".join(f"<li>{escape(option)}</li>" for option in self.options)
        still = html.page(f'<div class="nslab-title">{escape(self.question)}</div><ul>{items}</ul>')
        if for_a_room():
            return self._asked(still)
        import ipywidgets as w

        if self._buttons is None:
            self._buttons = w.RadioButtons(
                options=list(self.options), value=None, layout=w.Layout(width="auto"), tooltip=self.question
            )
            self._buttons.add_class("nslab-radio")
        label = w.HTML(html.page(f'<div class="nslab-title">{escape(self.question)}</div>'))
        box = w.VBox([label, self._buttons])
        return {**box._repr_mimebundle_(), "text/plain": repr(self), "text/html": still}

    def _asked(self, still: str) -> dict[str, Any]:
        from nslab.show.live.view import Hands, bundle

        if self._hands is None:
            self._hands = Hands(question=self.question, options=list(self.options), counts=[0] * len(self.options))
        return bundle(self._hands, repr(self), still)


class Revealed:
    """The comparison of a guess with what the kernel said, or with what another one did that could be asked."""

    def __init__(
        self, guess: str | None, observed: str, here: bool = True, hands: Mapping[str, int] | None = None
    ) -> None:
        self.guess, self.observed, self.here, self.hands = guess, observed, here, dict(hands or {})

    @property
    def right(self) -> bool:
        """Whether the guess is what was observed."""
        return self.guess == self.observed

    @property
    def words(self) -> str:
        """The comparison as a sentence."""
        if not self.here:
            said = f"You said: {self.guess}. " if self.guess else ""
            return f"{said}This kernel was not asked. One that was, Linux 6.1 of Debian 12, said: {self.observed}."
        if all_hands := sum(self.hands.values()):
            return f"{self.hands[self.observed]} of {all_hands} hands had it: {self.observed}."
        if self.guess is None:
            return f"You did not guess. The kernel said: {self.observed}."
        if self.right:
            return f"You guessed it: {self.observed}."
        return f"You said: {self.guess}. The kernel said: {self.observed}."

    def __repr__(self) -> str:
        return self.words

    def _repr_html_(self) -> str:
        if not self.here:
            return html.card("unsupported", "Not measured here", self.words)
        if any(self.hands.values()):
            return html.card("good", "The kernel said", self.words)
        title = "Right" if self.right else "Guess first next time" if self.guess is None else "Not quite"
        return html.card("good" if self.right else "error", title, self.words)


def predict(question: str, options: Sequence[str]) -> Prediction:
    """Ask a question with two to four options. Raises TypeError, ValueError for other input."""
    return Prediction(question, options)


def _checked(question: str, options: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    if not isinstance(question, str) or not question:
        raise TypeError(f"question={question!r}: give a sentence")
    if isinstance(options, str) or not all(isinstance(option, str) for option in options):
        raise TypeError(f"options={options!r}: give a list of strings")
    if not 2 <= len(options) <= 4 or len(set(options)) != len(options):
        raise ValueError(f"options={options!r}: give two to four different answers")
    return question, tuple(options)
