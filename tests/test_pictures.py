"""The lessons' pictures: drawn by tools/pictures, complete in themselves, readable, and each where it belongs."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import matplotlib
import nbformat
import pytest
from matplotlib.ft2font import FT2Font

from tools.pictures import draw
from tools.pictures.__main__ import DIRECTORY, drawn

pytestmark = pytest.mark.pure

NOTEBOOKS = DIRECTORY.parent
FILES = sorted(DIRECTORY.iterdir())
SVG = "{http://www.w3.org/2000/svg}"
SHOWN = re.compile(r"!\[([^\]]*)\]\((pictures/[^)]+)\)")
WANTED = ("00", "01", "04", "05", "06", "07", "09", "10", "12", "13", "16", "17", "18", "19", "20")
"""The lessons whose subject a newcomer would draw."""
SMALLEST = 0.023
"""The smallest type, as a part of the picture's width: 44 pixels where it is 1920 wide."""
TEXT, SHAPE = 4.5, 3.0
"""The contrast that WCAG 2.2 (1.4.3, 1.4.11) asks of text, and of what else has to be seen."""
FONTS = Path(matplotlib.get_data_path(), "fonts/ttf")


class Area(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Area) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def within(self, other: Area) -> bool:
        across = other.left <= self.left and self.right <= other.right
        return across and other.top <= self.top and self.bottom <= other.bottom


def tree(path):
    return ElementTree.parse(path).getroot()


def numbers(element, *names):
    return [float(element.get(name)) for name in names]


def area_of_text(text):
    """Where a text is in DejaVu, the widest of the fonts that it may be in."""
    bold = "-Bold" if text.get("font-weight") else ""
    font = FT2Font(str(FONTS / f"DejaVuSans{'Mono' if 'monospace' in text.get('font-family') else ''}{bold}.ttf"))
    x, y, size = numbers(text, "x", "y", "font-size")
    font.set_size(size, 72)
    font.set_text(re.sub(" +", " ", text.text))
    width = font.get_width_height()[0] / 64
    left = x - width * {"start": 0, "middle": 0.5, "end": 1}[text.get("text-anchor")]
    return Area(left, y - 0.76 * size, left + width, y + 0.2 * size)


def area_of(rect):
    x, y, width, height = numbers(rect, "x", "y", "width", "height")
    return Area(x, y, x + width, y + height)


def luminance(colour):
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def behind(area, before):
    """The colour of the last shape that is drawn before and lies behind the whole of an area."""
    found = draw.PALETTE["paper"]
    for shape in before:
        if shape.tag == f"{SVG}rect" and area.within(area_of(shape)):
            found = shape.get("fill")
        if shape.tag == f"{SVG}circle":
            x, y, r = numbers(shape, "cx", "cy", "r")
            if area.within(Area(x - r, y - r, x + r, y + r)):
                found = shape.get("fill")
        if shape.tag == f"{SVG}path":
            # The side of a disk: from the left edge at its top, down, and over to the right edge.
            left, top, bottom, *_, right, _, _ = map(float, re.findall(r"[\d.]+", shape.get("d")))
            if area.within(Area(left, top, right, bottom)):
                found = shape.get("fill")
    return found


def hidden(area, shapes):
    """Whether one of these shapes, drawn after something and before a text, covers it where the text stands."""
    return any(shape.tag == f"{SVG}rect" and area.within(area_of(shape)) for shape in shapes)


def test_they_are_as_the_program_draws_them():
    assert {path.name: path.read_text(encoding="utf-8") for path in FILES} == drawn(), "python -m tools.pictures"


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_it_says_what_it_is_and_needs_nothing_else(path):
    root = tree(path)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    for name in ("title", "desc"):
        [element] = root.findall(f"{SVG}{name}")
        assert element.text
        assert element.get("id") in root.get("aria-labelledby").split()
    drawings = {"svg", "title", "desc", "rect", "text", "line", "polygon", "circle", "path", "ellipse"}
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= drawings
    for element in root.iter():
        assert not any(re.match(r"on|style|href|\{", name) for name in element.attrib)
        assert "url(" not in str(element.attrib)
    [address] = set(re.findall(r"https?://[^\"]+", path.read_text()))
    assert address == "http://www.w3.org/2000/svg", "only the name of the format"


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_it_is_read_from_the_back_of_a_room(path):
    root = tree(path)
    width, height = numbers(root, "width", "height")
    assert root.get("viewBox") == f"0 0 {width:g} {height:g}"
    assert height <= 0.65 * width, "it has to be seen without scrolling"
    texts = list(root.iter(f"{SVG}text"))
    assert min(float(text.get("font-size")) for text in texts) >= SMALLEST * width
    words = sum(len(text.text.split()) for text in texts)
    assert words <= 45, f"{words} words"


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_no_text_is_cut_off_or_runs_into_something(path):
    root = tree(path)
    whole = Area(12, 12, float(root.get("width")) - 12, float(root.get("height")) - 12)
    texts = {text: area_of_text(text) for text in root.iter(f"{SVG}text")}
    for text, area in texts.items():
        assert area.within(whole), f"{text.text!r} is cut off"
    for (one, first), (other, second) in combinations(texts.items(), 2):
        assert not first.meets(second), f"{one.text!r} lies over {other.text!r}"
    shapes = list(root.iter())
    for text, area in texts.items():
        for at, frame in enumerate(shapes):
            if frame.tag == f"{SVG}rect" and area.meets(area_of(frame)) and not area.within(area_of(frame)):
                assert hidden(area, shapes[at + 1 : shapes.index(text)]), f"{text.text!r} crosses a frame: {area}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_line_crosses_no_text_that_it_does_not_belong_to(path):
    shapes = list(tree(path).iter())
    for at, text in enumerate(shapes):
        if text.tag != f"{SVG}text":
            continue
        area = area_of_text(text)
        for before, line in enumerate(shapes):
            if line.tag != f"{SVG}line":
                continue
            x1, y1, x2, y2 = numbers(line, "x1", "y1", "x2", "y2")
            on = [(x1 + (x2 - x1) * part / 100, y1 + (y2 - y1) * part / 100) for part in range(101)]
            if any(area.left < x < area.right and area.top < y < area.bottom for x, y in on):
                assert hidden(area, shapes[before:at]), f"a line crosses {text.text!r}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_its_colours_are_of_the_palette_and_have_contrast(path):
    shapes = list(tree(path).iter())
    colours = {shape.get(name) for shape in shapes for name in ("fill", "stroke")} - {None}
    assert colours <= set(draw.PALETTE.values())
    for at, shape in enumerate(shapes):
        if shape.tag == f"{SVG}text":
            ground = behind(area_of_text(shape), shapes[:at])
            assert contrast(shape.get("fill"), ground) >= TEXT, f"{shape.text!r} on {ground}"
    for light in ("paper", "white", "light blue", "light orange"):
        for strong in ("ink", "soft", "blue", "orange"):
            assert contrast(draw.PALETTE[strong], draw.PALETTE[light]) >= SHAPE


# How the colour-blind see: Machado, Oliveira and Fernandes (2009), severity 1.0; linear RGB.
SEEN = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


@pytest.mark.parametrize("kind", SEEN)
def test_the_colour_blind_tell_blue_from_orange(kind):
    def seen(name):
        parts = [int(draw.PALETTE[name][i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        mixed = [min(1, max(0, sum(a * b for a, b in zip(row, linear, strict=True)))) for row in SEEN[kind]]
        return lab(mixed)

    assert sum((a - b) ** 2 for a, b in zip(seen("blue"), seen("orange"), strict=True)) ** 0.5 > 40


def lab(linear):
    """CIELAB under D65: there 2 is a difference that can just be seen, and 40 one that nobody misses."""
    rows = ((0.4124, 0.3576, 0.1805, 0.9505), (0.2126, 0.7152, 0.0722, 1.0), (0.0193, 0.1192, 0.9505, 1.089))
    x, y, z = (
        v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116
        for v in (sum(a * b for a, b in zip(row, linear, strict=False)) / row[3] for row in rows)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def shown():
    """(lesson's number, index of the cell, alternative text, file) for each picture in a lesson."""
    return [
        (path.name[:2], i, text, file)
        for path in sorted(NOTEBOOKS.glob("*.ipynb"))
        for i, cell in enumerate(nbformat.read(path, as_version=4).cells)
        if cell.cell_type == "markdown"
        for text, file in SHOWN.findall(cell.source)
    ]


def test_every_picture_is_shown_once_and_every_one_that_is_shown_is_there():
    assert sorted(file for *_, file in shown()) == [f"pictures/{path.name}" for path in FILES]
    assert all(Path(file).name.startswith(f"{number}-") for number, _, _, file in shown())


def test_who_cannot_see_it_reads_what_it_shows():
    for _, _, text, file in shown():
        assert text == tree(NOTEBOOKS / file).find(f"{SVG}desc").text


@pytest.mark.parametrize("number", WANTED)
def test_a_lesson_shows_one_before_or_in_what_the_kernel_said(number):
    [path] = NOTEBOOKS.glob(f"{number}-*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    said = next(i for i, cell in enumerate(cells) if cell.source.startswith("## What the kernel said"))
    end = next(i for i, cell in enumerate(cells) if i > said and cell.source.startswith("## "))
    # In 09 the picture is the plan of the second experiment, which stands beside it.
    end += number == "09"
    assert any(lesson == number and at < end for lesson, at, *_ in shown())
