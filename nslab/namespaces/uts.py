"""UTS namespaces: a host name and a domain name of one's own (uts_namespaces(7))."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nslab.evidence import ISOLATED, Evidence, Row, inside_is
from nslab.lab.options import checked_hostname
from nslab.lab.place import Place
from nslab.linux import uts
from nslab.linux.libc import answer
from nslab.namespaces.experiment import Part, run

CLAIM = "A child cloned with CLONE_NEWUTS can be renamed, and its host keeps its own name."
NOBODY = 65534
STANDIN = "stand-in"
DEFAULTS = {"hostname": "web-1", "domainname": "lab.example"}


def demo(hostname: str = DEFAULTS["hostname"], domainname: str = DEFAULTS["domainname"],
         only: str | Sequence[str] | None = None) -> Evidence:  # fmt: skip
    """Rename a child in a UTS namespace of its own, and look at the host's names.

    `hostname`, `domainname`: 1 to 64 letters, digits, '-', '_' and '.'. `only`: the names of PARTS to run.
    Raises TypeError, ValueError for other values, `nslab.Unsupported`. Source: uts_namespaces(7), sethostname(2).
    """
    options = {
        "hostname": checked_hostname("hostname", hostname),
        "domainname": checked_hostname("domainname", domainname),
    }
    for (name, value), there in zip(list(options.items()), names(), strict=True):
        if value == there == DEFAULTS[name]:
            options[name] = f"other-{value}"
        elif value in (there, STANDIN):
            raise ValueError(f"{name}={value!r} is the name before as well: give another, so that a change can be seen")
    return run("uts", CLAIM, PARTS, only, options, standin={"uts": True, "hostname": STANDIN})


def panel() -> Any:
    """Return the same experiment as a panel: choose a part, guess, run it, and compare. Source: namespaces(7)."""
    from nslab.namespaces.panel import panel

    return panel("uts")


def names() -> tuple[str, str]:
    """The host name and the domain name that this process sees."""
    return uts.hostname(), uts.domainname()


def rename(hostname: str, domainname: str) -> tuple[str, str]:
    """Set both names and read them back."""
    uts.sethostname(hostname)
    uts.setdomainname(domainname)
    return names()


def _rename(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    before = outside.call(names)
    with outside.sandbox(uts=isolated) as box:
        inside = box.call(rename, options["hostname"], options["domainname"])
        after = outside.call(names)
    for i, name in enumerate(("hostname", "domainname")):
        yield Row(name, before[i], inside[i], after[i])


def _second(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    with outside.sandbox(uts=isolated) as first, outside.sandbox(uts=isolated) as second:
        before = first.call(rename, "first", "first.example")[0]
        inside = second.call(rename, "second", "second.example")[0]
        after = first.call(uts.hostname)
    yield Row("hostname of the first sandbox, while a second is renamed", before, inside, after, ISOLATED)


def _unprivileged(outside: Place, isolated: bool, options: Mapping[str, Any]) -> Iterator[Row]:
    # Without the flag the caller stands in the stand-in's own user namespace, where it is privileged or is not:
    # what differs between the two runs is the privilege alone.
    ask = _as_nobody if isolated else uts.sethostname
    before = outside.call(uts.hostname)
    inside = outside.call(answer, ask, options["hostname"])
    after = outside.call(uts.hostname)
    yield Row("sethostname() as nobody (in the control: as root)", before, inside, after, inside_is("EPERM"))


def _as_nobody(hostname: str) -> None:
    if os.geteuid() == 0:
        os.setresuid(NOBODY, NOBODY, NOBODY)
    uts.sethostname(hostname)


PARTS = (
    Part("rename", "two names that follow the namespace", _rename, options=("hostname", "domainname")),
    Part("second", "each sandbox keeps its own name", _second),
    Part("unprivileged", "without CAP_SYS_ADMIN the kernel says EPERM", _unprivileged, options=("hostname",)),
)
