"""What is said of rules wherever it is listed."""

from nslab.cgroups.about import About

ABOUT = About(
    "rules",
    2,
    "09-hierarchies",
    "what the kernel refuses: the rules of hierarchies",
    subsystem=False,
    kconfig=("CGROUPS",),
)
