"""`nslab.clone`: a function of the learner's in a new process with new namespaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nslab.lab.client.child import Child
from nslab.lab.client.host import host
from nslab.linux.flags import CloneFlag


def clone(fn: Callable[..., Any], *flags: CloneFlag, args: Sequence[Any] = (), stream: bool = True,
          userns: str = "auto", **options: Any) -> Child:  # fmt: skip
    """Call `fn(*args)` in a new process made by clone3(2) with the CLONE_NEW* `flags`, and return its handle.

    What it prints shows while it runs, unless `stream=False`; `.result()` returns its value or raises its
    exception. An ordinary user's clone gets CLONE_NEWUSER added (`handle.added`), unless `userns="never"`.

    Options, each only with its flag:
    CLONE_NEWUSER: `uid_map`, `gid_map` (triples (inside, outside, how many); by default root inside is the
    caller outside; () writes none), `setgroups` ("allow", "deny").
    CLONE_NEWNS: `propagation` ("private" by default, "slave", "shared", "unchanged"), `proc` (mount a new /proc).
    CLONE_NEWNET: `lo` (bring the loopback interface up). CLONE_NEWUTS: `hostname`, `domainname`.
    CLONE_NEWTIME: `monotonic`, `boottime` (offsets in seconds).

    Raises TypeError and ValueError for bad arguments, OSError as the kernel answers, `nslab.Unsupported` where
    the machine cannot. Source: clone(2), namespaces(7).
    """
    return host().clone(fn, *flags, args=args, stream=stream, userns=userns, **options)
