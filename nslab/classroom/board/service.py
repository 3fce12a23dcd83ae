"""The board, as a service of the hub: `python -m nslab.classroom.board.service`. Whoever may see it the hub tells.

It reads the record, systemd and the kernel's locks, and writes nothing. Nobody looks: nothing is read.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import resources
from typing import Any

from jupyterhub.services.auth import HubOAuth, HubOAuthCallbackHandler, HubOAuthenticated
from tornado import ioloop, web

from nslab.classroom import ledger, places, users
from nslab.classroom.board import seats
from nslab.classroom.board.turns import Queue
from nslab.classroom.board.usage import Meter
from nslab.classroom.hub_config import BOARD, BOARD_PORT, BOARD_TOKEN, HUB_PORT
from nslab.classroom.settings import Settings, read

FRESH = 0.8
"""Seconds for which one look is good for all who watch."""
FILES = {"board.css": "text/css", "board.js": "text/javascript"}
Plain = dict[str, Any]


class Watch:
    """Looks at the class at most once in FRESH seconds, however many watch."""

    def __init__(self) -> None:
        self._meter, self._queue = Meter(), Queue()
        self._entries: list[Plain] = []
        self._read: tuple[int, int] = (0, 0)
        self._looked = float("-inf")
        self._seats: list[seats.Seat] = []
        self._settings = Settings(())

    def state(self, names: bool) -> Plain:
        """What the page is made of."""
        if time.monotonic() - self._looked > FRESH:
            self._look()
            self._looked = time.monotonic()
        given = self._seats
        if names:
            shown = [seats.plain(each) for each in given]
        else:
            order = sorted((each.name for each in given), key=lambda name: ledger.derived("seat", name))
            shown = seats.nameless(given, order)
        return {"at": datetime.now(UTC).isoformat(), "names": names, "lessons": seats.lessons(self._settings),
                "seats": shown}  # fmt: skip

    def _look(self) -> None:
        self._settings = read(places.STATE / "hub.toml")
        if places.RECORD.exists():
            info = places.RECORD.stat()
            if (info.st_size, info.st_mtime_ns) != self._read:
                self._entries, self._read = ledger.entries(), (info.st_size, info.st_mtime_ns)
        uids = {entry.pw_uid: learner for learner, entry in users.learners().items()}
        uses, turns = self._meter.look(self._settings.learners), self._queue.look(uids)
        self._seats = seats.seats(self._entries, self._settings, datetime.now(UTC), uses, turns)


class _Handler(HubOAuthenticated, web.RequestHandler):  # type: ignore[misc, unused-ignore]
    def initialize(self) -> None:
        self.hub_auth = self.settings["hub_auth"]

    def set_default_headers(self) -> None:
        self.set_header("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")
        self.set_header("Cache-Control", "no-store")


class _Page(_Handler):
    @web.authenticated
    def get(self) -> None:
        self.finish(_file("board.html"))


class _State(_Handler):
    @web.authenticated
    def get(self) -> None:
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(self.settings["watch"].state(self.get_query_argument("names", "yes") != "no")))


class _Signed(HubOAuthCallbackHandler):  # type: ignore[misc, unused-ignore]
    def initialize(self) -> None:
        self.hub_auth = self.settings["hub_auth"]


class _File(_Handler):
    @web.authenticated
    def get(self, name: str) -> None:
        self.set_header("Content-Type", f"{FILES[name]}; charset=utf-8")
        self.finish(_file(name))


def application(watch: Watch, auth: HubOAuth, prefix: str = BOARD) -> web.Application:
    """The pages below the prefix; `auth` asks the hub who somebody is."""
    return web.Application(
        [
            (prefix, _Page),
            (f"{prefix}state.json", _State),
            (f"{prefix}({'|'.join(FILES)})", _File),
            (f"{prefix}oauth_callback", _Signed),
        ],
        hub_auth=auth, watch=watch, cookie_secret=os.urandom(32), compress_response=True,
    )  # fmt: skip


def auth(environment: Mapping[str, str]) -> HubOAuth:
    """How the hub is asked, by the token that both were given."""
    return HubOAuth(
        api_token=environment[BOARD_TOKEN], api_url=f"http://127.0.0.1:{HUB_PORT}/hub/api", base_url=BOARD,
        hub_host="", hub_prefix="/hub/", oauth_client_id="service-board", cache_max_age=5,
        oauth_redirect_uri=f"{BOARD}oauth_callback", access_scopes={"access:services!service=board"},
    )  # fmt: skip


def main() -> None:
    """Serve until systemd ends it."""
    application(Watch(), auth(os.environ)).listen(BOARD_PORT, "127.0.0.1")
    ioloop.IOLoop.current().start()


def _file(name: str) -> str:
    return resources.files("nslab.classroom.board").joinpath(name).read_text(encoding="utf-8")


if __name__ == "__main__":
    main()
