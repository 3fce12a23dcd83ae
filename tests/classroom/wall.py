"""The board of a class that a test makes up, served to a browser; who looks at it is taken for the teacher."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager

from jupyterhub.services.auth import HubOAuth
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from nslab.classroom.board import service

TEACHER = {"kind": "user", "name": "teacher", "scopes": ["access:services!service=board"]}


class Known(HubOAuth):
    """Asks no hub."""

    def get_user(self, handler, *, sync=True):
        return TEACHER


class Shown:
    """Shows what it was given last; `seats` and `wall` as service.Watch.state() has them, with and without names."""

    def __init__(self, state):
        self.states = {True: state, False: state}

    def state(self, names):
        return self.states[names]


@contextmanager
def served(watch):
    """The address of the page."""
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    ports = []

    def serve():
        asyncio.set_event_loop(loop)
        auth = Known(api_token="x", api_url="http://127.0.0.1:1/hub/api", access_scopes=set(TEACHER["scopes"]))
        sockets = bind_sockets(0, "127.0.0.1")
        ports.append(sockets[0].getsockname()[1])
        server = HTTPServer(service.application(watch, auth))
        server.add_sockets(sockets)
        ready.set()
        loop.run_forever()
        server.stop()
        loop.run_until_complete(server.close_all_connections())
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        assert ready.wait(20)
        yield f"http://127.0.0.1:{ports[0]}{service.BOARD}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
