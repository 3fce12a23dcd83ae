from pathlib import Path


def part(directory):
    if (group := Path(directory, "cpu.max")).exists():
        quota, period = group.read_text().split()
    else:
        quota, period = (Path(directory, f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
    return int(quota) / int(period)


print((part("@chemistry@") + part("@history@")) * int("@seconds@"))
