"""How every picture looks: one palette, one stroke, one set of shapes.

A picture in a page cannot tell whether JupyterLab's theme is light or dark, so it has a quiet background of its own.
What a colour says, a word or a shape says as well. Sizes are in units of which WIDTH are the picture's width.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from math import hypot

WIDTH, MARGIN = 960, 40
STROKE = 3
SMALL, NORMAL, LARGE = 23, 26, 32
"""The sizes of type. On a screen that is 1920 wide SMALL is 46 pixels high: read from the back of a room."""
SANS = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
MONO = "ui-monospace, Menlo, Consolas, 'Liberation Mono', 'DejaVu Sans Mono', monospace"
PALETTE = {
    "paper": "#f6f3ec", "edge": "#d8d1c2", "white": "#ffffff", "ink": "#1f2933", "soft": "#4d5863",
    "blue": "#005a94", "light blue": "#dceaf5", "orange": "#a84300", "light orange": "#fbe6d8",
}  # fmt: skip
"""Blue is what was there, orange what is new or one's own: two colours that the colour-blind tell apart."""
DASHES = "3 9"


class Picture:
    """An SVG file: its name, its title (drawn as well), what it shows in words, and its height."""

    def __init__(self, name: str, title: str, description: str, height: int) -> None:
        self.name, self.title, self.description, self.height = name, title, description, height
        self._shapes: list[str] = []
        self.text(MARGIN, 58, title, LARGE, bold=True, anchor="start")

    def svg(self) -> str:
        """The file's text."""
        edge = STROKE // 2
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}" '
            f'height="{self.height}" role="img" aria-labelledby="title desc">',
            f'<title id="title">{escape(self.title)}</title>',
            f'<desc id="desc">{escape(self.description)}</desc>',
            _rect(edge, edge, WIDTH - 2 * edge, self.height - 2 * edge, 22, "paper", "edge"),
            *self._shapes,
            "</svg>",
            "",
        ])  # fmt: skip

    def text(self, x: float, y: float, words: str, size: int = NORMAL, colour: str = "ink", *, bold: bool = False,
             mono: bool = False, anchor: str = "middle") -> None:  # fmt: skip
        """A line of text whose middle is at the height y; `anchor` is start, middle or end."""
        weight = ' font-weight="700"' if bold else ""
        family = MONO if mono else SANS
        self._shapes.append(
            f'<text x="{x:g}" y="{y + 0.35 * size:g}" font-size="{size}" font-family="{family}"{weight} '
            f'text-anchor="{anchor}" fill="{PALETTE[colour]}">{escape(words)}</text>'
        )

    def box(self, x: float, y: float, width: float, height: float, colour: str, label: str = "", *, mono: bool = False,
            dashed: bool = False) -> None:  # fmt: skip
        """A rounded frame in a colour, filled with the light one, with a label at its top."""
        fill = f"light {colour}" if f"light {colour}" in PALETTE else "white"
        self._shapes.append(_rect(x, y, width, height, 16, fill, colour, DASHES if dashed else ""))
        if label:
            stroke = colour if colour != "edge" else "ink"
            self.text(x + 20, y + 30, label, NORMAL, stroke, bold=True, mono=mono, anchor="start")

    def chip(self, x: float, y: float, words: str, width: float, colour: str = "ink", size: int = NORMAL) -> None:
        """A file, an interface, a number: a white field around (x, y)."""
        self._shapes.append(_rect(x - width / 2, y - 26, width, 52, 8, "white", colour))
        self.text(x, y, words, size, mono=True)

    def process(self, x: float, y: float, words: str, width: float) -> None:
        """A process or task: the only thing that is dark, and round, around (x, y)."""
        self._shapes.append(_rect(x - width / 2, y - 30, width, 60, 30, "ink", "ink"))
        self.text(x, y, words, NORMAL, "white", bold=True)

    def bar(self, x: float, y: float, width: float, words: str, colour: str, *, empty: bool = False) -> None:
        """A part of something that is divided: filled, or an empty frame for what nobody gets."""
        if empty:
            self._shapes.append(_rect(x, y, width, 64, 4, "white", "soft", DASHES))
            self.text(x + width / 2, y + 32, words, NORMAL, "soft")
        else:
            self._shapes.append(_rect(x, y, width, 64, 4, colour, "white"))
            self.text(x + width / 2, y + 32, words, NORMAL, "white", bold=True)

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str = "ink", *, dashed: bool = False,
             thick: int = 1) -> None:  # fmt: skip
        """A line without heads."""
        dashes = f' stroke-dasharray="{DASHES}"' if dashed else ""
        self._shapes.append(
            f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{PALETTE[colour]}" '
            f'stroke-width="{thick * STROKE}" stroke-linecap="round"{dashes}/>'
        )

    def arrow(self, x1: float, y1: float, x2: float, y2: float, colour: str = "ink", *, blocked: bool = False) -> None:
        """A line that ends in a head at (x2, y2); one that is blocked is dashed and crossed out."""
        length = hypot(x2 - x1, y2 - y1)
        dx, dy = (x2 - x1) / length, (y2 - y1) / length
        self.line(x1, y1, x2 - 14 * dx, y2 - 14 * dy, colour, dashed=blocked)
        back = x2 - 20 * dx, y2 - 20 * dy
        points = (x2, y2), (back[0] - 10 * dy, back[1] + 10 * dx), (back[0] + 10 * dy, back[1] - 10 * dx)
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        self._shapes.append(f'<polygon points="{path}" fill="{PALETTE[colour]}"/>')
        if blocked:
            self.cross((x1 + x2) / 2 - 6 * dx, (y1 + y2) / 2 - 6 * dy)

    def cross(self, x: float, y: float) -> None:
        """No way through."""
        for lean in (-1, 1):
            self.line(x - 14, y - 14 * lean, x + 14, y + 14 * lean, "orange", thick=2)

    def number(self, x: float, y: float, n: int, colour: str = "ink") -> None:
        """A step: a number in a disc."""
        self._shapes.append(f'<circle cx="{x:g}" cy="{y:g}" r="24" fill="{PALETTE[colour]}"/>')
        self.text(x, y, str(n), NORMAL, "white", bold=True)

    def disk(self, x: float, y: float, width: float, height: float) -> None:
        """A disk, as everybody draws it."""
        style = f'fill="{PALETTE["light blue"]}" stroke="{PALETTE["blue"]}" stroke-width="{STROKE}"'
        across, top, end = width / 2, y + 22, y + height - 22
        side = f"M{x:g} {top:g} V{end:g} A{across:g} 22 0 0 0 {x + width:g} {end:g} V{top:g}"
        self._shapes.append(f'<path d="{side}" {style}/>')
        self._shapes.append(f'<ellipse cx="{x + across:g}" cy="{top:g}" rx="{across:g}" ry="22" {style}/>')


PICTURES: list[Callable[[], Picture]] = []
"""What draws each picture."""


def picture(name: str, title: str, height: int) -> Callable[[Callable[[Picture], None]], Callable[[], Picture]]:
    """Draw a picture by the function below, whose docstring is what somebody reads who cannot see it."""

    def of(shapes: Callable[[Picture], None]) -> Callable[[], Picture]:
        def draw() -> Picture:
            made = Picture(name, title, " ".join((shapes.__doc__ or "").split()), height)
            shapes(made)
            return made

        PICTURES.append(draw)
        return draw

    return of


def _rect(x: float, y: float, width: float, height: float, radius: float, fill: str, stroke: str,
          dashes: str = "") -> str:  # fmt: skip
    dashed = f' stroke-dasharray="{dashes}" stroke-linecap="round"' if dashes else ""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}" fill="{PALETTE[fill]}" '
        f'stroke="{PALETTE[stroke]}" stroke-width="{STROKE}"{dashed}/>'
    )
