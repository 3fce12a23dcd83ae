from pathlib import Path

group, price = Path("@chemistry@"), int("@price@")
if (group / "cpuacct.usage").exists():
    seconds = int((group / "cpuacct.usage").read_text()) / 1e9
else:
    seconds = int((group / "cpu.stat").read_text().split()[1]) / 1e6
print(f"{seconds * price:.3f} euros")
