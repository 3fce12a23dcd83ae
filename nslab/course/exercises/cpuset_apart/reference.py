from pathlib import Path

Path("@database@", "cpuset.cpus").write_text("@cpu@")
Path("@reports@", "cpuset.cpus").write_text("@others@")
