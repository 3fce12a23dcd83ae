"""What is said of ipc namespaces wherever they are listed."""

from nslab.linux.flags import CloneFlag
from nslab.namespaces.about import About

ABOUT = About(
    "ipc",
    2,
    CloneFlag.CLONE_NEWIPC,
    "03-ipc",
    "System V objects and POSIX message queues",
    "--ipc",
    kconfig=("IPC_NS", "POSIX_MQUEUE"),
)
