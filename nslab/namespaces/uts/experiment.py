"""UTS namespaces: a host name and a domain name of one's own (uts_namespaces(7))."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nslab.experiment.evidence import Evidence, Row
from nslab.experiment.expect import NOT_ASKED, Exactly, Is, Unchanged
from nslab.experiment.parts import Part
from nslab.kernels.elsewhere import elsewhere
from nslab.lab.client.options import checked_hostname
from nslab.lab.client.place import Place
from nslab.linux import caps, process, uts
from nslab.linux.libc import answer
from nslab.namespaces.run import own_namespace, run

CLAIM = "A child cloned with CLONE_NEWUTS can be renamed, and its host keeps its own name."
STANDIN = "stand-in"
FIRST, SECOND = ("first", "first.example"), ("second", "second.example")
"""The names of two sandboxes."""
DEFAULTS = {"hostname": "web-1", "domainname": "lab.example"}


@elsewhere
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


def names() -> tuple[str, str]:
    """The host name and the domain name that this process sees."""
    return uts.hostname(), uts.domainname()


def rename(hostname: str, domainname: str) -> tuple[str, str]:
    """Set both names and read them back."""
    uts.sethostname(hostname)
    uts.setdomainname(domainname)
    return names()


def _rename(outside: Place, treated: bool, *, hostname: str, domainname: str) -> Iterator[Row]:
    before, ns_before = outside.call(names), outside.ns["uts"]
    with outside.sandbox(uts=treated) as box:
        inside = box.call(rename, hostname, domainname)
        after = outside.call(names)
        yield own_namespace("uts", ns_before, box.ns["uts"], outside.ns["uts"])
    yield Row("hostname", "hostname", before[0], inside[0], after[0])
    yield Row("domainname", "domainname", before[1], inside[1], after[1])


def _second(outside: Place, treated: bool) -> Iterator[Row]:
    host_before = outside.call(uts.hostname)
    with outside.sandbox(uts=treated) as first, outside.sandbox(uts=treated) as second:
        before, ns_before = first.call(rename, *FIRST)[0], first.ns["uts"]
        inside = second.call(rename, *SECOND)[0]
        after, host_after = first.call(uts.hostname), outside.call(uts.hostname)
        yield own_namespace("uts", ns_before, second.ns["uts"], first.ns["uts"])
    # Exact names, and not only "unchanged": a first sandbox that was never renamed would keep its name, too.
    kept = Exactly(FIRST[0], SECOND[0], FIRST[0], "each keeps the name that it was given")
    yield Row("hostname-first", "hostname of the first sandbox, while a second is renamed", before, inside, after, kept)
    yield Row("hostname-host", "hostname of the host, while two sandboxes are renamed", host_before, inside, host_after)


def _unprivileged(outside: Place, treated: bool, *, hostname: str) -> Iterator[Row]:
    # Only the capability is taken away. Both runs are in a UTS namespace of their own: the one that may rename must not
    # rename the host.
    with outside.sandbox(uts=True) as box:
        before = box.call(uts.hostname)
        may, said = box.call(_ask_to_rename, treated, hostname)
        after = box.call(uts.hostname)
    yield Row("sys-admin", "CAP_SYS_ADMIN in effect", NOT_ASKED, may, NOT_ASKED, Is(False))
    yield Row("unprivileged", "sethostname() without CAP_SYS_ADMIN (in the control: with it)",
              NOT_ASKED, said, NOT_ASKED, Is("EPERM"))  # fmt: skip
    yield Row("hostname-kept", "hostname, before that call and after it", before, NOT_ASKED, after, Unchanged())


def _ask_to_rename(without: bool, hostname: str) -> tuple[bool, str]:
    """Ask for another name; return whether this process holds the capability, and the kernel's answer."""
    if without:
        caps.drop(process.CAP_SYS_ADMIN)
    return process.has_capability(process.CAP_SYS_ADMIN), answer(uts.sethostname, hostname)


PARTS = (
    Part("rename", "two names that follow the namespace", _rename),
    Part("second", "each sandbox keeps its own name", _second),
    Part("unprivileged", "without CAP_SYS_ADMIN the kernel says EPERM", _unprivileged),
)
