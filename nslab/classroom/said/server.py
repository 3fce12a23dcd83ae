"""The extension of a learner's Jupyter server: `nslab/said` has the line that the teacher says now, as JSON."""

from __future__ import annotations

import json
from typing import Any

from jupyter_server.base.handlers import APIHandler
from tornado import web

from nslab.classroom import places

NOTHING: dict[str, str] = {"text": "", "at": ""}


class Said(APIHandler):  # type: ignore[misc, unused-ignore]
    """Reads it anew each time."""

    @web.authenticated
    def get(self) -> None:
        self.finish(json.dumps(line()))


def line() -> dict[str, str]:
    """The line, and when it was said; empty where nothing is."""
    try:
        said: dict[str, str] = json.loads(places.SAID.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return NOTHING
    return said


def _load_jupyter_server_extension(app: Any) -> None:
    base = app.web_app.settings["base_url"].rstrip("/")
    app.web_app.add_handlers(".*$", [(f"{base}/nslab/said", Said)])


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "nslab.classroom.said.server"}]
