"""The cgroup itself: groups, their knobs and counters, where they can be, hierarchies and mounts."""
