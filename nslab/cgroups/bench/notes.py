"""Note in a part's outcome what was written to its cgroups."""

from __future__ import annotations

from nslab.cgroups.core.group import Cgroup
from nslab.experiment.parts import Seen


def note(seen: Seen, *made: Cgroup) -> None:
    """Note in `seen` what was written to these groups."""
    for group in made:
        seen.written += group.written
