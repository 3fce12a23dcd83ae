"""Names that are drawn for scenes: short, easy to type, told apart at a glance."""

from __future__ import annotations

from random import Random

WORDS = (
    "alder", "amber", "aspen", "basil", "birch", "briar", "cedar", "clover", "copper", "coral", "cypress", "dune",
    "fennel", "fern", "flint", "garnet", "ginger", "hazel", "heron", "indigo", "iris", "ivory", "jade", "juniper",
    "kelp", "lark", "laurel", "linden", "maple", "marble", "mint", "moss", "myrtle", "nettle", "olive", "onyx", "opal",
    "otter", "pebble", "pine", "poplar", "quartz", "raven", "reed", "river", "rowan", "saffron", "sage", "slate",
    "sorrel", "spruce", "tansy", "teal", "thistle", "tulip", "violet", "walnut", "willow", "wren", "yarrow",
)  # fmt: skip


def names(draw: Random, count: int) -> list[str]:
    """So many different names, such as "kelp-17"."""
    return [f"{word}-{draw.randint(10, 99)}" for word in draw.sample(WORDS, count)]


def name(draw: Random) -> str:
    """One such name."""
    return names(draw, 1)[0]
