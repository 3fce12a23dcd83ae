"""Huge pages: pages of memory of 2 MiB and more that a process asks for by name (hugetlbpage.rst)."""

from __future__ import annotations

import mmap

from nslab.linux import files

OVERCOMMIT = "/proc/sys/vm/nr_overcommit_hugepages"
"""How many huge pages the kernel may make of ordinary memory when they are asked for, and takes back afterwards."""
MAP_NORESERVE, MAP_HUGETLB = 0x4000, 0x40000


def meminfo() -> dict[str, int]:
    """The fields of /proc/meminfo that are sizes, in bytes (proc_meminfo(5))."""
    lines = (line.split() for line in files.read("/proc/meminfo").splitlines())
    return {words[0].rstrip(":"): int(words[1]) << 10 for words in lines if words[-1] == "kB"}


def size_in_names(size: int) -> str:
    """The size as it stands in the names of cgroup files: "2MB"."""
    for unit, name in ((1 << 30, "GB"), (1 << 20, "MB")):
        if size >= unit:
            return f"{size // unit}{name}"
    return f"{size >> 10}KB"


def map_pages(length: int, *, reserve: bool) -> mmap.mmap:
    """Map huge pages of the default size (mmap(2), MAP_HUGETLB); each is taken when it is first touched.

    With `reserve` the kernel promises them now, else raises OSError (ENOMEM). Without it, a process that touches a page
    which the kernel cannot give gets SIGBUS.
    """
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_HUGETLB | (0 if reserve else MAP_NORESERVE)
    return mmap.mmap(-1, length, flags=flags)
