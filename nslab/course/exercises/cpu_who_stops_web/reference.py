from pathlib import Path

for name, group in {"web": "@web@", "team": "@team@", "company": "@company@"}.items():
    counts = dict(line.split() for line in Path(group, "cpu.stat").read_text().splitlines())
    if int(counts["nr_throttled"]):
        print(name)
