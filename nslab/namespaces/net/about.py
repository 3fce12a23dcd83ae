"""What is said of net namespaces wherever they are listed."""

from nslab.linux.flags import CloneFlag
from nslab.namespaces.about import About

ABOUT = About(
    "net",
    4,
    CloneFlag.CLONE_NEWNET,
    "05-net",
    "interfaces, addresses, routes, ports",
    "--net",
    kconfig=("NET_NS", "VETH"),
)
