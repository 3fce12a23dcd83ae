"""Where a process is in the cgroup hierarchies, and where those are mounted (cgroups(7), cgroup_namespaces(7))."""

from __future__ import annotations

from nslab.linux import files, mount


def paths(pid: int | str = "self") -> dict[str, str]:
    """Hierarchy → the path of the process in it, from /proc/PID/cgroup.

    A hierarchy of v1 goes by its controllers ("cpu,cpuacct", "name=systemd"), that of v2 by "".
    """
    lines = (line.split(":", 2) for line in files.read(f"/proc/{pid}/cgroup").splitlines())
    return {controllers: path for _, controllers, path in lines}


def mount_points() -> dict[str, str]:
    """Hierarchy → where it is mounted as a whole, as far as it is (/proc/self/mountinfo)."""
    found: dict[str, str] = {}
    for line in files.read("/proc/self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        root, point = before.split()[3:5]
        fstype, _, options = after.split(" ", 2)
        if root != "/":
            continue
        if fstype == "cgroup2":
            found.setdefault("", point)
        elif fstype == "cgroup":
            given = set(options.split(","))
            for hierarchy in paths():
                if hierarchy and set(hierarchy.split(",")) <= given:
                    found.setdefault(hierarchy, point)
    return found


def mount_hierarchy(hierarchy: str, target: str) -> None:
    """Mount a hierarchy, as far as this process's cgroup namespace shows it (cgroup_namespaces(7)). Raises OSError."""
    if not hierarchy:
        mount.mount("nslab", target, "cgroup2")
    else:
        options = f"none,{hierarchy}" if hierarchy.startswith("name=") else hierarchy
        mount.mount("nslab", target, "cgroup", 0, options)
