"""`nslab.doctor()`: what this machine can do for the course, and the command that mends what it cannot."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from nslab.errors import REPORT, Unsupported
from nslab.lab import machine
from nslab.lab.client.host import has_user_systemd, host
from nslab.lab.power import delegation, findings, privilege, settings
from nslab.lab.power.refusals import explained
from nslab.lab.upkeep import cgroup_cleanup, registry, session
from nslab.linux import cgroupfs, files, ns
from nslab.linux.flags import FLAGS, CloneFlag

TOOLS = {
    "unshare": "util-linux", "nsenter": "util-linux", "lsns": "util-linux", "setpriv": "util-linux", "ip": "iproute2",
    "nft": "nftables", "ping": "iputils-ping", "cc": "gcc libc6-dev", "hostname": "hostname", "strace": "strace",
}  # fmt: skip
COLUMNS = ("check", "", "seen", "to mend it")
_WORDS = {"ok": "✓ ok", "warn": "! look", "fail": "✗ fails"}


@dataclass(frozen=True)
class Check:
    """One check: `verdict` is "ok", "warn" (a part of the course is missing) or "fail"."""

    name: str
    verdict: str
    seen: str
    mend: str = ""


@dataclass(frozen=True)
class Report:
    """What doctor() found: `checks` for the person at this machine, `facts` (lab/machine.py) for a helper who is sent
    them.
    """

    checks: tuple[Check, ...]
    facts: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def ok(self) -> bool:
        """Whether nothing fails that the course needs."""
        return all(c.verdict != "fail" for c in self.checks)

    @property
    def summary(self) -> str:
        """One sentence for a person."""
        if not self.ok:
            return "Something that the course needs is missing; the last column says what to do."
        if all(c.verdict == "ok" for c in self.checks):
            return "Everything that the course needs is here; a part of a demo that needs more says so itself."
        return "The course runs here; the lines marked '!' tell what will be missing."

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"ok": self.ok, "summary": self.summary, "checks": [asdict(c) for c in self.checks], "facts": self.facts}

    @property
    def _rows(self) -> list[tuple[str, str, str, str]]:
        return [(c.name, _WORDS[c.verdict], c.seen, c.mend) for c in self.checks]

    def __rich__(self) -> Any:
        from nslab.show import terminal

        return terminal.table("nslab doctor", COLUMNS, self._rows, self.summary)

    def __repr__(self) -> str:
        from nslab.show import terminal

        return terminal.text(self)

    def _repr_html_(self) -> str:
        from nslab.show import html

        return html.table("nslab doctor", COLUMNS, self._rows, self.summary)


def doctor() -> Report:
    """Check this machine. Makes some processes and ends them; changes nothing."""
    # Looked at first: the keeper that the other checks start cleans up.
    before = _checked("left behind", _left_behind)
    checks: dict[str, Callable[[], Check]] = {
        "system": _system,
        "Python": _python,
        **{each.__name__.replace("_", " "): partial(_found, each) for each in findings.ALL},
        "namespace types": _namespaces,
        "clone(CLONE_NEWUTS)": _clone,
        "user namespaces": _user,
        "cgroups": _cgroups,
        "tools for the parts by hand": _tools,
        "JupyterLab": _jupyter,
        "left behind": lambda: _left(before),
    }
    return Report(tuple(_checked(name, check) for name, check in checks.items()), _facts())


def _checked(name: str, check: Callable[[], Check]) -> Check:
    """One check; where the kernel refuses what it looks at, that is what it tells."""
    try:
        return check()
    except Unsupported as e:
        return Check(name, "fail", e.why, e.mend)
    except OSError as e:
        error = explained(e)
        return Check(name, "fail", error.why, error.mend)
    except RuntimeError as e:
        return Check(name, "fail", str(e), REPORT)


def _found(look: Callable[[], findings.Finding]) -> Check:
    return Check(*look())


def _facts() -> dict[str, Any]:
    try:
        return machine.facts()
    except OSError as e:
        return explained(e, "a look at this machine").to_dict()


def _system() -> Check:
    u = os.uname()
    seen = f"{u.sysname} {u.release} on {u.machine}"
    if u.sysname != "Linux" or u.machine not in ("x86_64", "aarch64"):
        return Check("system", "fail", seen, "use the VM: vagrant up")
    major, minor = (int("".join(filter(str.isdigit, part)) or 0) for part in u.release.split(".")[:2])
    if (major, minor) < (5, 8):
        return Check("system", "fail", f"{seen}; the course needs Linux 5.8 or newer", "use the VM: vagrant up")
    return Check("system", "ok", seen)


def _python() -> Check:
    seen = f"{platform.python_version()} at {machine.without_home(sys.executable)}"
    if sys.version_info < (3, 11):
        return Check("Python", "fail", seen, "sudo apt-get install python3 python3-venv")
    return Check("Python", "ok", seen)


def _namespaces() -> Check:
    here = ns.available()
    missing = [kind for kind in FLAGS if kind not in here]
    if missing:
        return Check(
            "namespace types", "warn", f"missing: {', '.join(missing)}",
            f"this kernel was built without them: use one with {' '.join(ns.OPTIONS[kind] for kind in missing)}, as "
            "distributions have it, or the VM: vagrant up",
        )  # fmt: skip
    return Check("namespace types", "ok", " ".join(here))


def _clone() -> Check:
    host().clone(os.getpid, stream=False).result()
    started = time.perf_counter()
    host().clone(os.getpid, CloneFlag.CLONE_NEWUTS, stream=False).result()
    return Check("clone(CLONE_NEWUTS)", "ok", f"{(time.perf_counter() - started) * 1000:.1f} ms")


def _user() -> Check:
    verdict = "warn" if privilege.has("CAP_SYS_ADMIN") else "fail"
    forbidding = settings.forbidding()
    try:
        host().clone(
            os.getuid, CloneFlag.CLONE_NEWUSER, CloneFlag.CLONE_NEWUTS, hostname="doctor", stream=False
        ).result()
    except (Unsupported, OSError) as e:
        error = e if isinstance(e, Unsupported) else explained(e)
        meaning = "; ".join(m for _, m, _ in forbidding) or error.why
        return Check("user namespaces", verdict, meaning, " && ".join(c for _, _, c in forbidding) or error.mend)
    if forbidding:
        return Check(
            "user namespaces", "warn", "; ".join(m for _, m, _ in forbidding), " && ".join(c for _, _, c in forbidding)
        )
    return Check("user namespaces", "ok", "may be made")


def _cgroups() -> Check:
    mounted = cgroupfs.mount_points()
    v1 = sorted(hierarchy for hierarchy in mounted if hierarchy)
    found = [f"v1: {' '.join(v1)}"] if v1 else []
    if "" in mounted:
        controllers = files.read(f"{mounted['']}/cgroup.controllers").strip()
        found.append(f"v2: {controllers or 'no controllers'}")
    if not found:
        return Check("cgroups", "warn", "no cgroup filesystem is mounted", "use the VM: vagrant up")
    seen = ("hybrid; " if len(found) == 2 else "") + "; ".join(found)
    own = [cgroup_cleanup.delegated(point, hierarchy) for hierarchy, point in mounted.items()]
    own += [point if os.access(point, os.W_OK) else None for point in mounted.values()]
    if not any(own) and not ("" in mounted and has_user_systemd()):
        return Check("cgroups", "warn", f"{seen}; none is delegated to uid {os.geteuid()}", delegation.mend())
    return Check("cgroups", "ok", seen)


def _tools() -> Check:
    missing = {tool: package for tool, package in TOOLS.items() if not shutil.which(tool, path=_path())}
    if missing:
        packages = " ".join(sorted(set(" ".join(missing.values()).split())))
        return Check(
            "tools for the parts by hand", "warn", f"missing: {' '.join(missing)}", f"sudo apt-get install {packages}"
        )
    return Check("tools for the parts by hand", "ok", " ".join(TOOLS))


def _path() -> str:
    # Debian leaves /usr/sbin out of an ordinary user's PATH, where ip and nft are.
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


def _jupyter() -> Check:
    if importlib.util.find_spec("jupyterlab") is None:
        return Check("JupyterLab", "fail", "not installed for this Python", "make setup")
    from importlib.metadata import version

    return Check("JupyterLab", "ok", version("jupyterlab"))


def _left(before: Check) -> Check:
    """What was left behind before this look, and whether it still is."""
    if before.verdict != "warn":
        return before
    now = _left_behind()
    return now if now.verdict != "ok" else Check("left behind", "ok", f"{before.seen}, cleaned up by this look")


def _left_behind() -> Check:
    dead = [s for s in registry.sessions() if session.dead(s)]
    strays, cgroups = session.strays(), cgroup_cleanup.left()
    if dead or strays or cgroups:
        seen = f"{len(strays)} processes, {len(dead)} sessions, {len(cgroups)} cgroups"
        return Check("left behind", "warn", seen, "nslab clean")
    return Check("left behind", "ok", "nothing")
