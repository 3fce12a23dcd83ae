"""Broken variants of nslab.namespaces.uts. Some rename the host: give them a UTS namespace."""

from tests.mutants import Mutant, edit

FILE = "nslab/namespaces/uts/experiment.py"


def _broken(part: str, about: str, old: str, new: str) -> Mutant:
    return Mutant(part, about, edit(FILE, old, new))


_SECOND = """        inside = second.call(rename, *SECOND)[0]
        after, host_after = first.call(uts.hostname), outside.call(uts.hostname)
"""
_BOTH = "with outside.sandbox(uts=treated) as first, outside.sandbox(uts=treated) as second:"
_RENAME = """        inside = box.call(rename, hostname, domainname)
        after = outside.call(names)
"""

MUTANTS = (
    _broken("rename", "treatment dropped",
            "with outside.sandbox(uts=treated) as box:", "with outside.sandbox() as box:"),
    _broken("rename", "sethostname() skipped", "    uts.sethostname(hostname)\n", ""),
    _broken("rename", "setdomainname() skipped", "    uts.setdomainname(domainname)\n", ""),
    _broken("rename", "nothing renamed, what was asked for shown", "inside = box.call(rename, hostname, domainname)",
            "inside = (hostname, domainname)"),
    _broken("rename", "the host renamed in place of the sandbox",
            "inside = box.call(rename,", "inside = outside.call(rename,"),
    _broken("rename", "host afterwards: what was read before", "after = outside.call(names)", "after = before"),
    _broken("rename", "host afterwards: read inside", "after = outside.call(names)", "after = box.call(names)"),
    _broken("rename", "host afterwards: read before the action", _RENAME, "".join(reversed(_RENAME.splitlines(True)))),
    _broken("rename", "the line of inodes: read on the host only",
            'yield own_namespace("uts", ns_before, box.ns["uts"],',
            'yield own_namespace("uts", ns_before, outside.ns["uts"],'),
    _broken("second", "treatment dropped", _BOTH, _BOTH.replace("uts=treated", "")),
    _broken("second", "treatment dropped for the first", _BOTH, _BOTH.replace("uts=treated", "", 1)),
    _broken("second", "treatment dropped for the second",
            _BOTH, _BOTH.replace("(uts=treated) as second", "() as second")),
    _broken("second", "the first not renamed", "first.call(rename, *FIRST)[0]", "first.call(names)[0]"),
    _broken("second", "the first not renamed, but said to be", "first.call(rename, *FIRST)[0]", "FIRST[0]"),
    _broken("second", "the second not renamed", "second.call(rename, *SECOND)[0]", "second.call(names)[0]"),
    _broken("second", "the second not renamed, but said to be", "second.call(rename, *SECOND)[0]", "SECOND[0]"),
    _broken("second", "the second renames the host",
            "second.call(rename, *SECOND)[0]", "outside.call(rename, *SECOND)[0]"),
    _broken("second", "the second renames the host as well", "        inside = second.call(rename, *SECOND)[0]\n",
            "        inside = second.call(rename, *SECOND)[0]\n        outside.call(rename, *SECOND)\n"),
    _broken("second", "the second renames the first",
            "second.call(rename, *SECOND)[0]", "first.call(rename, *SECOND)[0]"),
    _broken("second", "the first afterwards: a constant", "first.call(uts.hostname), outside", "FIRST[0], outside"),
    _broken("second", "the host afterwards: what was read before",
            "first.call(uts.hostname), outside.call(uts.hostname)",
            "first.call(uts.hostname), host_before"),
    _broken("second", "afterwards: read before the action", _SECOND, "".join(reversed(_SECOND.splitlines(True)))),
    _broken("unprivileged", "treatment dropped", "        caps.drop(process.CAP_SYS_ADMIN)\n", "        pass\n"),
    _broken("unprivileged", "another capability dropped", "caps.drop(process.CAP_SYS_ADMIN)", "caps.drop(0)"),
    _broken("unprivileged", "the control treated as well", "    if without:\n", "    if True:\n"),
    _broken("unprivileged", "action skipped, answer a constant", "answer(uts.sethostname, hostname)",
            '"EPERM"'),
    _broken("unprivileged", "action skipped, answer right in both runs", "answer(uts.sethostname, hostname)",
            '"EPERM" if without else "ok"'),
    _broken("unprivileged", "asks for the name that it has", "answer(uts.sethostname, hostname)",
            "answer(uts.sethostname, uts.hostname())"),
    _broken("unprivileged", "capability: a constant", "return process.has_capability(process.CAP_SYS_ADMIN), answer",
            "return False, answer"),
    _broken("unprivileged", "asked before the capability is dropped",
            "    if without:\n        caps.drop(process.CAP_SYS_ADMIN)\n"
            "    return process.has_capability(process.CAP_SYS_ADMIN), answer(uts.sethostname, hostname)\n",
            "    said = answer(uts.sethostname, hostname)\n    if without:\n        caps.drop(process.CAP_SYS_ADMIN)\n"
            "    return process.has_capability(process.CAP_SYS_ADMIN), said\n"),
    _broken("unprivileged", "the name afterwards: what was read before",
            "        after = box.call(uts.hostname)\n    yield Row(\"sys-admin\"",
            "        after = before\n    yield Row(\"sys-admin\""),
)  # fmt: skip
