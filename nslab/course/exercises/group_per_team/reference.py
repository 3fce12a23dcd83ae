from pathlib import Path

for pid, team in {"@anna@": "@first@", "@bert@": "@first@", "@carl@": "@second@"}.items():
    group = Path("@office@", team)
    group.mkdir(exist_ok=True)
    (group / "cgroup.procs").write_text(pid)
