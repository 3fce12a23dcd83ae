from pathlib import Path

group = Path("@directory@")
time = int("@percent@") * 1000
if (group / "cpu.max").exists():
    (group / "cpu.max").write_text(f"{time} 100000")
else:
    (group / "cpu.cfs_period_us").write_text("100000")
    (group / "cpu.cfs_quota_us").write_text(str(time))
