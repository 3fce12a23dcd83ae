"""A notebook as the slides of a talk, by the slideshow metadata that Jupyter's tools share."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nslab.course import lessons

BEGINS = ("slide", "subslide")
WRONG = "If it goes wrong:"
"""In a cell of notes: what comes after it is for that moment."""


@dataclass
class Slide:
    """One slide: `seconds` as planned, its `cells` as nbformat has them, what the speaker reads."""

    title: str
    seconds: int
    cells: list[Any] = field(default_factory=list)
    notes: str = ""
    wrong: str = ""


@dataclass(frozen=True)
class Talk:
    """A talk: its notebook's file, what nbformat read of it, and its slides in their order."""

    path: Path
    notebook: Any
    slides: tuple[Slide, ...]

    @property
    def name(self) -> str:
        """What `nslab talk` calls it."""
        return self.path.stem

    @property
    def title(self) -> str:
        """That of its first slide."""
        return self.slides[0].title

    @property
    def seconds(self) -> int:
        """How long it is planned to take."""
        return sum(slide.seconds for slide in self.slides)

    @property
    def code(self) -> list[Any]:
        """The cells that are run, in their order."""
        return [cell for slide in self.slides for cell in slide.cells if cell.cell_type == "code"]


def directory() -> Path | None:
    """Where the talks that came with nslab are; None where there are none."""
    came = lessons.installed()
    return came / "talks" if came is not None and (came / "talks").is_dir() else None


def names() -> list[str]:
    """The talks that came with nslab, the shortest first."""
    where = directory()
    found = [path.stem for path in where.glob("*.ipynb")] if where else []
    return sorted(found, key=lambda name: (int("".join(filter(str.isdecimal, name)) or 0), name))


def find(name: str) -> Path:
    """The notebook of a talk: "5-minutes", "5", or a path. Raises ValueError that names those there are."""
    own = Path(name)
    if own.suffix == ".ipynb" and own.is_file():
        return own.resolve()
    where = directory()
    for known in names():
        if where and name in (known, known.partition("-")[0]):
            return where / f"{known}.ipynb"
    there = ", ".join(names()) or "none that came with nslab"
    raise ValueError(f"no talk is called {name!r}; choose from {there}, or give the path of a notebook")


def read(path: Path) -> Talk:
    """Read a talk. Raises ValueError for a file that is no notebook, or has no slide; OSError."""
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
    except nbformat.reader.NotJSONError:
        raise ValueError(f"{path} is no notebook") from None
    slides = _slides(notebook.cells)
    if not slides:
        raise ValueError(f"{path} has no slide: none of its cells has the slide type 'slide' (metadata, slideshow)")
    return Talk(path, notebook, tuple(slides))


def _slides(cells: list[Any]) -> list[Slide]:
    """The same as slides.js does in the browser."""
    slides: list[Slide] = []
    for cell in cells:
        kind = cell.metadata.get("slideshow", {}).get("slide_type", "-")
        if kind in BEGINS:
            title = cell.source.split("\n")[0].lstrip("# ")
            slides.append(Slide(title, int(cell.metadata.get("nslab", {}).get("seconds", 0))))
        if kind == "skip" or not slides:
            continue
        if kind == "notes":
            said, _, wrong = cell.source.partition(WRONG)
            slides[-1].notes, slides[-1].wrong = said.strip(), wrong.strip()
        else:
            slides[-1].cells.append(cell)
    return slides
