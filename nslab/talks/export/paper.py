"""An exported talk on paper: Chromium prints each slide on a page."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from nslab.errors import Unsupported

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 120


def write(html: Path, pdf: Path) -> None:
    """Print an exported talk to a PDF. Raises `nslab.Unsupported` where no such browser is installed, or it fails."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise Unsupported("a PDF of a talk", "it takes Chromium or Chrome, and none is installed",
                          "sudo apt-get install chromium   or print the HTML file by any browser")  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="nslab-pdf-") as profile:
        printed = Path(profile, "talk.pdf")
        # Chromium's own sandbox refuses to run as root; it opens one file, which nslab has written.
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}/profile",
                   "--no-pdf-header-footer", f"--print-to-pdf={printed}", html.resolve().as_uri()]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
            said = "\n".join(done.stderr.splitlines()[-3:])
        except subprocess.TimeoutExpired:
            said = f"it did not end within {SECONDS} s"
        if not printed.is_file():
            raise Unsupported("a PDF of a talk", f"{browser} printed none: {said}",
                              "open the HTML file in a browser and print it")  # fmt: skip
        shutil.copyfile(printed, pdf)
