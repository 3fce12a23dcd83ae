"""A notebook run as the browser runs it: by Jupyter Server's own HTTP API and the websocket of its kernel."""

from __future__ import annotations

import json
import time
import urllib.request
import uuid
from typing import Any
from urllib.parse import parse_qs, urlsplit

import nbformat
import websocket

OUTPUTS = ("stream", "display_data", "execute_result", "error")
PATIENCE = 600.0
"""Seconds that one cell may take; under emulation everything takes twenty times as long."""


class Course:
    """A running JupyterLab, by the address with the token that it prints."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.address = address
        self.host = parts.netloc
        self.token = parse_qs(parts.query)["token"][0]

    def ask(self, method: str, path: str, body: Any = None, token: str | None = None) -> Any:
        """Call Jupyter Server's REST API and return its answer."""
        request = urllib.request.Request(
            f"http://{self.host}/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token if token is None else token}"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.loads(answer.read() or b"null")

    def kernel(self, name: str) -> Kernel:
        """Start a kernel of its own for a lesson."""
        return Kernel(self, name)

    def run(self, name: str) -> Any:
        """Run every cell of a lesson in a kernel of its own, and return the notebook with its outputs."""
        notebook = nbformat.from_dict(self.ask("GET", f"contents/{name}")["content"])
        with self.kernel(name) as kernel:
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    cell.outputs = kernel.execute(cell.source)
        return notebook


class Kernel:
    """A kernel of a notebook, and the websocket to it."""

    def __init__(self, course: Course, name: str) -> None:
        self.course = course
        wanted = {"path": name, "name": name, "type": "notebook", "kernel": {"name": "python3"}}
        self.session = course.ask("POST", "sessions", wanted)
        self.client = uuid.uuid4().hex
        self.socket = websocket.create_connection(
            f"ws://{course.host}/api/kernels/{self.session['kernel']['id']}/channels?session_id={self.client}",
            header=[f"Authorization: token {course.token}"],
            timeout=PATIENCE,
        )

    def __enter__(self) -> Kernel:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
        self.course.ask("DELETE", f"sessions/{self.session['id']}")

    def execute(self, code: str) -> list[Any]:
        """Run a cell, and return its outputs once the kernel has answered and is idle."""
        number = uuid.uuid4().hex
        header = {"msg_id": number, "msg_type": "execute_request", "session": self.client, "username": ""}
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": False}
        self.socket.send(json.dumps(
            {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        ))  # fmt: skip
        outputs, missing, deadline = [], {"execute_reply", "idle"}, time.monotonic() + PATIENCE
        while missing:
            if time.monotonic() > deadline:
                raise TimeoutError(f"a cell took more than {PATIENCE:.0f} s:\n{code}")
            message = json.loads(self.socket.recv())
            if message["parent_header"].get("msg_id") != number:
                continue
            kind = message["msg_type"]
            missing -= {kind, message["content"].get("execution_state")}
            if kind in OUTPUTS:
                outputs.append(nbformat.v4.output_from_msg(message))
        return outputs
