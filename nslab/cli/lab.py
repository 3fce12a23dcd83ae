"""nslab lab"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from jupyter_core.paths import jupyter_runtime_dir

from nslab.cli.notebooks import START, bring_notebooks, notebooks_option
from nslab.errors import Unsupported
from nslab.lab.upkeep.members import LAB

PATIENCE = 300.0
"""Seconds to wait for JupyterLab's first answer; it takes 2 to 4, and far longer at the first start of a slow VM."""
GRACE = 10.0
"""Seconds to wait for the end of JupyterLab, and then for that of what it had started; each takes less than 1."""
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Port(click.ParamType):
    name = "port"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if not str(value).isdecimal() or not 1024 <= int(str(value)) <= 65535:
            self.fail(f"{value!r}: give a whole number from 1024 to 65535", param, ctx)
        return int(str(value))


@click.command(short_help="start JupyterLab")
@click.option("--port", type=Port(), default=8888, show_default=True, help="The first port to try.")
@click.option(
    "--port-retries", type=click.IntRange(0, 99), default=99, show_default=True, help="How many others to try after it."
)
@click.option("--browser/--no-browser", default=None, help="Open a browser (by default where there is a screen).")
@click.option(
    "--ip", default="127.0.0.1", show_default=True, help="The address to listen on; 0.0.0.0 is every one (in a VM)."
)
@click.option(
    "--token-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the token is kept; made when it is not there. By default each start has a new one.",
)
@notebooks_option
def command(
    port: int, port_retries: int, browser: bool | None, ip: str, token_file: Path | None, notebooks: Path
) -> None:
    """Start JupyterLab on the first lesson, on 127.0.0.1 alone and with a token, and print the address to open."""
    bring_notebooks(notebooks)
    check_home()
    token = _kept_token(token_file) if token_file else secrets.token_hex(16)
    raise SystemExit(serve(notebooks.resolve(), ip, free_port(ip, port, port_retries), token, browser))


def check_home() -> None:
    """Raise `nslab.Unsupported` for a user without a home directory: Jupyter keeps what it knows there."""
    try:
        Path.home()
    except RuntimeError:
        raise Unsupported(
            "JupyterLab", f"uid {os.getuid()} has no home directory: HOME is not set, and /etc/passwd does not have it",
            "name one that you may write to: HOME=/tmp/home nslab lab",
        ) from None  # fmt: skip


def _kept_token(file: Path) -> str:
    try:
        # There is one from an earlier start, which is kept.
        with contextlib.suppress(FileExistsError):
            with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as f:
                f.write(f"{secrets.token_hex(16)}\n")
        token = file.read_text().strip()
    except OSError as e:
        raise click.ClickException(f"--token-file {file}: {e.strerror}") from None
    if not re.fullmatch(r"\w{16,}", token):
        raise click.ClickException(
            f"--token-file {file} holds no token (16 letters or digits, or more): remove it, and a new one is made"
        )
    return token


def serve(
    notebooks: Path,
    ip: str,
    port: int,
    token: str,
    browser: bool | None,
    start: str = START,
    more: Sequence[str] = (),
    said: str = "The course is open at",
    environment: Mapping[str, str] | None = None,
) -> int:
    """Run JupyterLab on a directory until it is ended, opened on `start`, with `more` options; return a status.

    `environment` is added to that of its kernels.
    """
    host = "127.0.0.1" if _family(ip) == socket.AF_INET else "[::1]"
    address = f"http://{host}:{port}/lab/tree/{start}?token={token}"
    argv = [
        sys.executable, "-m", "jupyterlab", f"--ServerApp.ip={ip}", f"--ServerApp.port={port}",
        # Whatever a user's own configuration says: this is where it is waited for.
        "--ServerApp.base_url=/", "--ServerApp.sock=",
        "--ServerApp.port_retries=0", "--ServerApp.open_browser=False", f"--ServerApp.root_dir={notebooks}",
        f"--LabApp.default_url=/lab/tree/{start}", "--Application.log_level=ERROR",
        *more,
    ]  # fmt: skip
    if os.geteuid() == 0:
        argv.append("--ServerApp.allow_root=True")
    # To the kernels by sockets that are files of this user alone; a port could be reached by every user, and ipykernel
    # warns of it at each start. The path of such a file may have 107 bytes, of which a kernel's name takes 50.
    if len(os.fsencode(jupyter_runtime_dir())) <= 57:
        argv.append("--KernelManager.transport=ipc")
    # Without a terminal of its own Jupyter would start login shells, whose profile may lose the PATH below.
    argv.append(f"--ServerApp.terminado_settings={{'shell_command': ['{shutil.which('bash') or '/bin/sh'}']}}")
    # In the environment, since every user can read another's command line. A session of its own, so that Ctrl-C
    # comes here alone and the server is asked to end in order.
    env = {**os.environ, **(environment or {}), "JUPYTER_TOKEN": token, LAB: str(os.getpid())}
    # It asks for no news, which a class would have to click away and a VM without a network cannot fetch.
    config = str(Path(__file__).parent / "jupyter")
    env["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [config, env.get("JUPYTER_CONFIG_PATH", "")]))
    # What a shell in JupyterLab's terminal needs to find: the command nslab.
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", "")])
    # What was open in this user's other projects stays there.
    state = Path(env.get("XDG_STATE_HOME") or Path.home() / ".local/state")
    env.setdefault("JUPYTERLAB_WORKSPACES_DIR", str(state / "nslab/workspaces"))
    for number in _ENDING:
        signal.signal(number, signal.default_int_handler)
    server = subprocess.Popen(argv, env=env, start_new_session=True)
    try:
        if not _answers(address, server):
            click.echo(
                "JupyterLab did not start; its own words stand above. `nslab doctor` checks the machine.", err=True
            )
            return 1
        _tell_systemd()
        click.echo(f"\n  {said}\n\n    {address}\n\n  Ctrl-C here ends it.\n")
        if browser or (browser is None and _has_screen()):
            click.launch(address)
        return _ended(server)
    except KeyboardInterrupt:
        return 0
    finally:
        _end(server)


def _ended(server: subprocess.Popen[bytes]) -> int:
    """Wait for the server's end, or for somebody who asks for it; return its exit status."""
    from nslab.linux import wakeup

    wakeup.wait_for_end(server.pid)
    return server.wait()


def _end(server: subprocess.Popen[bytes]) -> None:
    """End the server and wait for the end of everything below it: kernels, fork servers, sandboxes, shells."""
    from nslab.linux import process

    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)  # whoever is in a hurry and types Ctrl-C twice gets a whole clean-up, too
    _say("\nEnding JupyterLab and what the lessons made ...")
    below = process.descendants(server.pid)
    server.terminate()
    try:
        server.wait(GRACE)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    deadline = time.monotonic() + GRACE
    while (left := list(filter(process.runs, below))) and time.monotonic() < deadline:
        time.sleep(0.01)
    if left:
        _say(f"Still running: {' '.join(map(str, left))} (ps -fp {','.join(map(str, left))} tells what they are).")
    else:
        _say("Everything has ended and is cleaned up.")


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # the terminal itself may be gone (SIGHUP)
        click.echo(text)


def _answers(address: str, server: subprocess.Popen[bytes]) -> bool:
    from http.client import HTTPException
    from urllib.error import URLError
    from urllib.request import ProxyHandler, build_opener

    opener = build_opener(ProxyHandler({}))
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with opener.open(address, timeout=5) as answer:
                # A server of somebody else's that was quicker to take the port asks for its own token.
                if answer.status == 200 and "/login" not in answer.url:
                    return True
        except (URLError, HTTPException, OSError):
            pass  # it does not answer yet
        time.sleep(0.05)
    return False


def _tell_systemd() -> None:
    """That it has started, where it runs as a service of Type=notify: see sd_notify(3)."""
    address = os.environ.pop("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.sendto(b"READY=1", address.replace("@", "\0", 1))


def free_port(ip: str, first: int, retries: int) -> int:
    """The first port from `first` on that can be listened on. Raises click.ClickException, `nslab.Unsupported`."""
    last = min(first + retries, 65535)
    family = _family(ip)
    _check_reachable("127.0.0.1" if family == socket.AF_INET else "::1", family)
    for port in range(first, last + 1):
        with socket.socket(family) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind((ip, port))
                return port
            except OSError as e:
                if e.errno == errno.EADDRNOTAVAIL:
                    raise Unsupported(
                        f"a server at {ip}", "no interface that is up has this address (see: ip address)",
                        "as root: ip link set lo up   (or name another address with --ip)",
                    ) from None  # fmt: skip
                if e.errno not in (errno.EADDRINUSE, errno.EACCES):  # taken, or root's: the next one
                    raise
    tried = f"port {first} is taken" if first == last else f"no free port from {first} to {last}"
    raise click.ClickException(f"{tried}: give another with --port, or end what uses it (ss -ltnp)")


def _check_reachable(host: str, family: int) -> None:
    """Raise `nslab.Unsupported` where this machine cannot reach itself: its loopback interface is down."""
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        try:
            s.connect((host, 9))  # of a datagram socket: nothing is sent
        except OSError as e:
            raise Unsupported(
                f"a server at {host}", f"it cannot be reached ({e.strerror}): the interface lo is down",
                "as root: ip link set lo up",
            ) from None  # fmt: skip


def _family(ip: str) -> int:
    """Whether it is an address of IPv4 or of IPv6. Raises click.BadParameter."""
    try:
        return socket.getaddrinfo(ip, None, flags=socket.AI_PASSIVE)[0][0]
    except socket.gaierror:
        raise click.BadParameter(f"{ip!r} is no address, such as 127.0.0.1", param_hint="--ip") from None


def _has_screen() -> bool:
    return os.geteuid() != 0 and bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
