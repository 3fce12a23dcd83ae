"""Write all pictures anew."""

from __future__ import annotations

from pathlib import Path

from tools.pictures import cgroups, container, images, namespaces, security  # noqa: F401 (their import fills PICTURES)
from tools.pictures.draw import PICTURES

DIRECTORY = Path(__file__).resolve().parents[2] / "notebooks/pictures"


def drawn() -> dict[str, str]:
    """File name → content of each picture."""
    return {f"{picture.name}.svg": picture.svg() for picture in (draw() for draw in PICTURES)}


if __name__ == "__main__":
    DIRECTORY.mkdir(exist_ok=True)
    for name, content in drawn().items():
        (DIRECTORY / name).write_text(content, encoding="utf-8")
