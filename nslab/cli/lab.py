"""nslab lab"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import click

START = "00-start-here.ipynb"
PATIENCE = 60.0
"""Seconds to wait for JupyterLab's first answer; it takes 2 to 4."""


@click.command(short_help="start JupyterLab")
@click.option("--port", type=click.IntRange(1024, 65535), default=8888, show_default=True, help="The first port to try.")
@click.option("--browser/--no-browser", default=None, help="Open a browser (by default where there is a screen).")
def command(port: int, browser: bool | None) -> None:
    """Start JupyterLab on the first lesson, on 127.0.0.1 alone and with a token, and print the address to open."""
    notebooks = Path(__file__).resolve().parents[2] / "notebooks"
    if not (notebooks / START).is_file():
        raise click.ClickException(
            f"the notebooks are not beside the package (looked for {notebooks / START}). They come with the repository: "
            "clone it, and run 'make lab' there"
        )
    raise SystemExit(_serve(notebooks, _free(port), secrets.token_hex(16), browser))


def _serve(notebooks: Path, port: int, token: str, browser: bool | None) -> int:
    address = f"http://127.0.0.1:{port}/lab/tree/{START}?token={token}"
    argv = [
        sys.executable, "-m", "jupyterlab", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0", "--ServerApp.open_browser=False", f"--ServerApp.root_dir={notebooks}",
        f"--LabApp.default_url=/lab/tree/{START}", "--Application.log_level=ERROR", "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    if os.geteuid() == 0:
        argv.append("--ServerApp.allow_root=True")
    # In the environment, since every user can read another's command line. A session of its own, so that Ctrl-C
    # comes here alone and the server is asked to end in order.
    env = {**os.environ, "JUPYTER_TOKEN": token}
    # What a shell in JupyterLab's terminal needs to find: the command nslab.
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", "")])
    signal.signal(signal.SIGTERM, lambda *_: _interrupt())
    server = subprocess.Popen(argv, env=env, start_new_session=True)
    try:
        if not _answers(address, server):
            click.echo("JupyterLab did not start; its own words stand above. `nslab doctor` checks the machine.", err=True)
            return 1
        click.echo(f"\n  The course is open at\n\n    {address}\n\n  Ctrl-C here ends it.\n")
        if browser or (browser is None and _has_screen()):
            click.launch(address)
        return server.wait()
    except KeyboardInterrupt:
        click.echo("\nEnding JupyterLab and everything that the lessons made ...")
        return 0
    finally:
        _end(server)


def _end(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _interrupt() -> None:
    raise KeyboardInterrupt


def _answers(address: str, server: subprocess.Popen[bytes]) -> bool:
    from http.client import HTTPException
    from urllib.error import URLError
    from urllib.request import ProxyHandler, build_opener

    opener = build_opener(ProxyHandler({}))
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with opener.open(address, timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, HTTPException, OSError):
            time.sleep(0.05)
    return False


def _free(first: int) -> int:
    for port in range(first, min(first + 100, 65536)):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise click.ClickException(f"no free port from {first} to {first + 99}: give another with --port")


def _has_screen() -> bool:
    return os.geteuid() != 0 and bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
