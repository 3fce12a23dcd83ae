"""Of the processes in namespaces of their own, the one that is the learner's attempt.

Where an exercise has no scene, a learner's process is one of many: services (PrivateTmp= and the like in
systemd.exec(5)), containers and a browser's are in namespaces of their own, too. What none of them has is what was
drawn for this learner.
"""

from __future__ import annotations

from collections.abc import Iterable

from nslab.course.checking.outcome import Finding


def nearest(seen: Iterable[list[Finding]], *signs: str) -> list[Finding]:
    """Of the findings of several processes those of which most are right, or [] where none is an attempt.

    `signs` are the keys of what no stranger meets: one of them has to be right. Of two that lack the same the last is
    taken, which is the younger, as look.processes() has them.
    """
    marked = [each for each in seen if any(finding.right for finding in each if finding.key in signs)]
    return max(reversed(marked), key=lambda each: sum(finding.right for finding in each), default=[])


def listed(found: Iterable[str], nothing: str) -> str:
    """What processes have that show no sign, for NotBegun: each once, the first few; a learner knows his own."""
    several = sorted(set(found))
    more = [f"and {len(several) - MOST} others"] if len(several) > MOST else []
    return ", ".join([*several[:MOST], *more]) or nothing


MOST = 6
"""Of a kind that are named."""
