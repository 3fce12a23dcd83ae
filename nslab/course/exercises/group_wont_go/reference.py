from pathlib import Path

for procs in Path("@old@").rglob("cgroup.procs"):
    print(procs.read_text(), end="")
