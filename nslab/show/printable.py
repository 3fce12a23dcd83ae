"""Names that others chose, made harmless for a terminal or a page."""

from __future__ import annotations

import re

# Control characters (C0, DEL, C1), line breaks, characters that turn the direction of the text, and surrogates.
_OBEYED = re.compile("[\\x00-\\x1f\\x7f-\\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    r"""The text with each control character written as \xNN (or \uNNNN), and each byte that was no UTF-8 as \xNN."""
    return _OBEYED.sub(_written, text)


def _written(match: re.Match[str]) -> str:
    number = ord(match[0])
    if 0xDC80 <= number <= 0xDCFF:
        number -= 0xDC00
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
