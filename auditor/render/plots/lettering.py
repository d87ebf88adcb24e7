"""Text in a plot: made harmless, measured, and shortened to the room there is."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from auditor.render.page import printable

TEXT, SMALL = 7.0, 6.5
"""The sizes of letters, in points."""

INK, GREY = "#000000", "#595959"
"""The colours of letters, both of a contrast to white of 7:1 or more."""

MIDDLE = 0.36
"""How high the middle of a capital letter is, as a part of the size of letters."""

_NO_CHARACTER = re.compile(r"[\ud800-\udfff\ufffe\uffff]")
_NARROWEST = 0.2
"""How wide the narrowest letter is, as a part of its height."""


def legible(text: str) -> str:
    """A name on one line, without what no file of a picture may hold."""
    return _NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", printable(" ".join(text.split())))


@cache
def width(text: str, size: float) -> float:
    """How many points of a line a text takes up; a letter of East Asia is as wide as it is high."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    known = "".join("\N{EM DASH}" if unicodedata.east_asian_width(letter) in "WF" else letter for letter in text)
    return float(text_to_path.get_text_width_height_descent(known, FontProperties(size=size), ismath=False)[0])


def shortened(text: str, room: float, size: float) -> str:
    """The text, its middle left out if it takes up more than some points."""
    most = int(room / (_NARROWEST * size))
    if len(text) <= most and width(text, size) <= room:
        return text
    fits, fails = 0, min(len(text), most)
    while fails - fits > 1:
        kept = (fits + fails) // 2
        fits, fails = (kept, fails) if width(_cut(text, kept), size) <= room else (fits, kept)
    return _cut(text, fits)


def _cut(text: str, kept: int) -> str:
    """The first and last letters of a text, so many in all."""
    tail = kept // 2
    return f"{text[: kept - tail].rstrip()}…{text[len(text) - tail :].lstrip()}"
