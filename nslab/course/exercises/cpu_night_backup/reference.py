from pathlib import Path

Path("@backup@", "@quota@").write_text("@none@")
usual = int(Path("@backup@", "@weight@").read_text())
Path("@shop@", "@weight@").write_text(str(int("@times@") * usual))
