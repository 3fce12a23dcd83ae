from pathlib import Path

# What is not used in one period is saved up for the next ones.
group = Path("@directory@")
file = "cpu.max.burst" if (group / "cpu.max").exists() else "cpu.cfs_burst_us"
(group / file).write_text(str(int("@sold@") * 1000))
