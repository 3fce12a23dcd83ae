"""Settings of a machine that forbid an ordinary user his user namespaces, and the command that allows them."""

from __future__ import annotations

from pathlib import Path

from nslab.errors import Unsupported
from nslab.lab.power import privilege

SETTINGS = (
    ("kernel/unprivileged_userns_clone", "0", "1", "Debian's switch for unprivileged user namespaces is off"),
    ("user/max_user_namespaces", "0", "15000", "the limit on user namespaces is 0"),
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "0",
        "Ubuntu's AppArmor restricts unprivileged user namespaces",
    ),
)
"""File below /proc/sys, the value that forbids, a value that allows, and what that means."""


def forbidding(root: str = "/proc/sys") -> list[tuple[str, str, str]]:
    """The settings that forbid an ordinary user's user namespaces: (sysctl name, what it means, command that mends)."""
    found = []
    for path, bad, good, meaning in SETTINGS:
        file = Path(root) / path
        if file.exists() and file.read_text().strip() == bad:
            name = path.replace("/", ".")
            found.append((name, f"{meaning} ({name} = {bad})", f"sudo sysctl -w {name}={good}"))
    return found


def unsupported(root: str = "/proc/sys") -> Unsupported | None:
    """An Unsupported that names the setting in the way, or None where no setting forbids anything."""
    found = forbidding(root)
    if not found:
        return None
    # Root needs no user namespace, where it is more than a container's.
    as_root = "   (or run as root: sudo make lab)" if privilege.root_would_have("CAP_SYS_ADMIN") else ""
    return Unsupported(
        "a user namespace for an ordinary user",
        "; ".join(meaning for _, meaning, _ in found),
        " && ".join(command for _, _, command in found) + as_root,
    )
