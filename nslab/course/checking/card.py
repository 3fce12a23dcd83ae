"""An exercise in a notebook: the task, a field for the answer, a button for each verb, and what came of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from nslab.course.checking import exercise
from nslab.course.checking.command import waits_told
from nslab.errors import Unsupported
from nslab.show import exercise as show
from nslab.show import html
from nslab.show.live import view
from nslab.show.waiting import GIVE_UP

if TYPE_CHECKING:
    from nslab.course.checking.task import Task


class Verb(NamedTuple):
    """A button: what it says, what is told of it, and what it says before it does what cannot be undone."""

    text: str
    about: str
    sure: str = ""


VERBS = {
    "begin": Verb("Begin", "Make the scene of this task"),
    "check": Verb("Check", "Ask the kernel whether it is done"),
    "hint": Verb("Hint", "A hint, from what the kernel shows now"),
    "solution": Verb("Solution", "A way that passes", "Show it, and have that noted"),
    "reset": Verb("Start anew", "End the scene, and make it again", "End this scene, and make it again"),
}


MEASURES = "Measuring …"
"""What the page says while a verb takes up to three seconds."""


class Card:
    """`view` is the widget. A verb runs in a thread of its own, so also while the kernel runs another cell."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._one = threading.Lock()
        self._says = ""
        self.view = view.Task(title=task.shown.title, **self._state())
        # The page is answered at once, and the thread that it speaks to is free for other widgets.
        self.view.on_msg(lambda _, content, __: self._receive(content["do"], str(content["answer"]).strip()))

    def _state(self) -> dict[str, Any]:
        """What the page shows of the task as it stands."""
        shown = self._task.shown
        keys = ["begin"] if not shown.begun else ["check", "hint", "solution", *(["reset"] if shown.has_scene else [])]
        verbs = [{"key": key, **VERBS[key]._asdict(), "main": key == keys[0]} for key in keys]
        return {
            "task": show.task_as_html(shown.to_dict()),
            "verbs": verbs,
            "asked": shown.answer if shown.begun else "",
        }

    def _receive(self, verb: str, answer: str) -> None:
        if verb in VERBS and self._one.acquire(blocking=False):
            measures = verb in ("check", "hint") and exercise.find(self._task.name).measures
            self._says = MEASURES if measures else ""
            with self.view.hold_sync():
                self.view.set_trait("waits", self._says)
                self.view.set_trait("busy", verb)
            threading.Thread(target=self._do, args=(verb, answer), name=f"nslab {self._task.name}", daemon=True).start()

    def _do(self, verb: str, answer: str) -> None:
        try:
            with waits_told(self._wait):
                news = self._news(verb, answer)
            with self.view.hold_sync():
                for name, value in {**news, "busy": "", "waits": "", "turn": self.view.turn + 1}.items():
                    self.view.set_trait(name, value)
        finally:
            self._one.release()

    def _wait(self, line: str) -> None:
        """Show for whom a verb waits, or that it has its turn."""
        # A button cannot be interrupted.
        said = line.removesuffix(GIVE_UP)
        self.view.set_trait("waits", said[:1].upper() + said[1:] or self._says)

    def _news(self, verb: str, answer: str) -> dict[str, Any]:
        """What the page shows after a verb; whatever went wrong is told there, as nobody sees a thread's traceback."""
        result = self._outcome(verb, answer)
        try:
            state = self._state()
        except Exception as e:
            state, result = {}, e
        said, bad, found = _told(verb, result)
        return {**state, "said": said, "bad": bad, "found": found}

    def _outcome(self, verb: str, answer: str) -> Any:
        given = [answer] if verb in ("check", "hint") and answer else []
        act: Callable[..., Any] = getattr(self._task, verb)
        try:
            return act(*given)
        except Exception as e:
            return e


def _told(verb: str, result: Any) -> tuple[str, bool, str]:
    """The line of what a verb came to, whether that is bad, and the page of what was found."""
    if isinstance(result, Unsupported):
        return "Not on this machine.", True, result._repr_html_()
    if isinstance(result, Exception):
        return f"{VERBS[verb].text} did not work.", True, html.card("error", "Why", str(result))
    if verb == "check":
        return show.in_a_line(result.to_dict()), not result.passed, show.found_as_html(result.to_dict())
    if verb in ("begin", "reset"):
        return "The scene is there.", False, ""
    return (
        {"hint": "A hint.", "solution": "A solution; that is noted in your record."}[verb],
        False,
        result._repr_html_(),
    )
