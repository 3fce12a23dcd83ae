"""What JupyterHub is told: `jupyterhub --config` reads this file, and calls it with its configuration.

Who signs in is asked of PAM, and each learner's server is a service of systemd's; both are the hub's own and its
spawner's. Nothing is done here but to name the values.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nslab.classroom import links, places, users
from nslab.classroom.settings import Limits, Settings, read

HUB_PORT, BOARD_PORT = 8081, 8082
"""Of 127.0.0.1; the hub's proxy is what others reach."""
BOARD, BOARD_TOKEN = "/services/board/", "NSLAB_BOARD_TOKEN"
"""Where the teacher's page is, and the variable with which the hub knows its service."""
PAM_SERVICE = "nslab-class"
PAM_TEXT = """# The hub of a class asks for a learner's password alone: to all others these accounts have expired.
auth required pam_unix.so
account required pam_permit.so
"""


def limits(of: Limits) -> dict[str, str]:
    """The properties of a learner's service (systemd.resource-control(5)): they hold for all that is below it."""
    return {
        "Delegate": "yes", "MemoryMax": str(of.memory), "MemorySwapMax": str(of.swap), "CPUQuota": f"{of.cpu}%",
        "CPUWeight": str(of.cpu_weight), "TasksMax": str(of.tasks),
        # All of it ends together, and what the kernel ended for its memory does not end the rest.
        "KillMode": "control-group", "OOMPolicy": "continue", "UMask": "0077",
    }  # fmt: skip


def values(settings: Settings, environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Class of the hub's → its settings."""
    return {
        "JupyterHub": {
            "hub_ip": "127.0.0.1", "hub_port": HUB_PORT, "cleanup_servers": False,
            # Who is killed has lost its routes: the hub looks this often whether the proxy has them, in seconds.
            "last_activity_interval": 5,
            "db_url": f"sqlite:///{places.HUB}/hub.sqlite", "cookie_secret_file": str(places.HUB / "cookie"),
            "spawner_class": "systemd", "bind_url": f"http://{settings.address}:{settings.port}",
            "services": [{
                "name": "board", "url": f"http://127.0.0.1:{BOARD_PORT}", "oauth_no_confirm": True, "display": True,
                # Seconds: a hub that is started again waits so long for the board before it opens to learners.
                "timeout": 2,
                "api_token": environment.get(BOARD_TOKEN, ""),
            }],
            "load_roles": [{
                "name": "teacher", "description": "sees the board", "users": [settings.teacher],
                "scopes": ["access:services!service=board"],
            }],
        },
        "ConfigurableHTTPProxy": {
            "should_start": False, "api_url": "http://127.0.0.1:8001",
            "auth_token": environment.get("CONFIGPROXY_AUTH_TOKEN", ""),
        },
        "PAMAuthenticator": {"service": PAM_SERVICE, "open_sessions": False},
        "Authenticator": {"allowed_users": set(settings.people), "admin_users": set(), "delete_invalid_users": True},
        "SystemdSpawner": {
            "username_template": f"{places.PREFIX}{{USERNAME}}",
            "unit_name_template": f"{places.LEARNER_UNIT}{{USERNAME}}",
            "user_workingdir": f"{places.HOMES}/{{USERNAME}}",
            "default_shell": "/bin/bash", "isolate_tmp": True, "disable_user_sudo": True,
            "extra_paths": [str(Path(sys.executable).parent)],
            "unit_extra_properties": limits(settings.limits),
        },
        "Spawner": {
            "cmd": [sys.executable, "-I", "-m", "nslab.classroom.desk"], "default_url": "/lab/tree/00-start-here.ipynb",
            "start_timeout": 300, "http_timeout": 300,
        },
    }  # fmt: skip


def authenticator() -> type:
    """The hub's own for PAM, which asks for the user that a learner's name stands for; a link is as good, once."""
    from jupyterhub.auth import PAMAuthenticator

    from nslab.classroom.once import Once

    class Learners(PAMAuthenticator):  # type: ignore[misc, unused-ignore]
        """PAM and this machine know the user of a learner, and the hub the learner."""

        def system_user_exists(self, user: Any) -> bool:
            return user.name in self.allowed_users and user.name in users.learners()

        def get_handlers(self, app: Any) -> list[tuple[str, type]]:
            return [*super().get_handlers(app), (r"/once", Once)]

        async def authenticate(self, handler: Any, data: dict[str, Any]) -> str | None:
            if links.KEY in data:
                return links.take(data[links.KEY])
            told = {**data, "username": places.user_of(data["username"])}
            known = await super().authenticate(handler, told)
            return data["username"] if known else None

    return Learners


def configure(config: Any, environment: Mapping[str, str]) -> None:
    """Set all of it in the hub's configuration. Raises as settings.read() does."""
    for name, settings in values(read(places.SETTINGS), environment).items():
        for key, value in settings.items():
            setattr(config[name], key, value)
    config.JupyterHub.authenticator_class = authenticator()


if "get_config" in globals():
    import os

    configure(globals()["get_config"](), os.environ)
