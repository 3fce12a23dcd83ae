"""The two names of a UTS namespace: sethostname(2), setdomainname(2), uname(2)."""

from __future__ import annotations

import os
from ctypes import c_char_p, c_size_t

from nslab.linux import files
from nslab.linux.libc import function

_sethostname = function("sethostname", c_char_p, c_size_t, at_once=True)
_setdomainname = function("setdomainname", c_char_p, c_size_t, at_once=True)


def hostname() -> str:
    """The host name of this process's UTS namespace (uname(2), nodename)."""
    return os.uname().nodename


def domainname() -> str:
    """The NIS domain name of this process's UTS namespace (/proc/sys/kernel/domainname)."""
    return files.read("/proc/sys/kernel/domainname")


def sethostname(name: str) -> None:
    """Set the host name: up to 64 bytes (sethostname(2)). Raises PermissionError without CAP_SYS_ADMIN."""
    raw = name.encode()
    _sethostname(raw, len(raw))


def setdomainname(name: str) -> None:
    """Set the NIS domain name: up to 64 bytes (setdomainname(2)). Raises PermissionError without CAP_SYS_ADMIN."""
    raw = name.encode()
    _setdomainname(raw, len(raw))
