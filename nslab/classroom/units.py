"""The services of a class, as systemd is told them (systemd.service(5), systemd.exec(5))."""

from __future__ import annotations

import sys

from nslab.classroom import hub_config
from nslab.classroom.hub_config import HUB_PORT
from nslab.classroom.places import BOARD_ENV, BOARD_UNIT, CHECK_UNIT, HUB, HUB_UNIT, PROXY_TOKEN, PROXY_UNIT, RUNTIME
from nslab.classroom.settings import Settings

PROXY_API = 8001
"""The port on 127.0.0.1 by which the hub talks to its proxy; who asks there has to have their token."""
_COMMON = """StartLimitIntervalSec=0
[Service]
Restart=always
RestartSec=1
PrivateTmp=yes
"""


def texts(settings: Settings) -> dict[str, str]:
    """Unit → what its file says. Each comes back within some seconds of whatever ends it."""
    # What root compiles, with nobody else's right to read it, would lie where learners look for it.
    python = f"{sys.executable} -I -B -m"
    tls = ""
    if settings.tls_key:
        tls = f" --ssl-key {settings.tls_key} --ssl-cert {settings.tls_certificate}"
    return {
        CHECK_UNIT: f"""[Unit]
Description=nslab: the checks of the class, and its marks
{_COMMON}ExecStart={python} nslab.classroom.examiner
RuntimeDirectory={RUNTIME.name}
RuntimeDirectoryMode=0755
RuntimeDirectoryPreserve=yes
""",
        PROXY_UNIT: f"""[Unit]
Description=nslab: the way into the class
{_COMMON}EnvironmentFile={PROXY_TOKEN}
ExecStart={sys.executable} -I -c "from configurable_http_proxy.cli import main; main()" \
--ip {settings.address} --port {settings.port} --api-ip 127.0.0.1 --api-port {PROXY_API} --error-target http://127.0.0.1:{HUB_PORT}/hub/error{tls}
""",
        BOARD_UNIT: f"""[Unit]
Description=nslab: the teacher's page of the class
{_COMMON}EnvironmentFile={BOARD_ENV}
ExecStart={python} nslab.classroom.board.service
ProtectSystem=strict
ProtectHome=yes
NoNewPrivileges=yes
CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_SYS_PTRACE
""",
        HUB_UNIT: f"""[Unit]
Description=nslab: the hub of the class
After={PROXY_UNIT}.service
{_COMMON}EnvironmentFile={PROXY_TOKEN}
EnvironmentFile={BOARD_ENV}
WorkingDirectory={HUB}
ExecStart={python} jupyterhub --config {hub_config.__file__}
""",
    }
