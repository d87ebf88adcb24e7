"""What a page is made of, whatever it is shown on: sections with text, points and a table."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """The text without what could command a terminal, turn the direction of reading or fit no encoding."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


@dataclass(frozen=True)
class Code:
    """A piece of text to be shown as written in a spec or a program."""

    text: str


@dataclass(frozen=True)
class Link:
    """A piece of text that leads to another generated page."""

    text: str
    target: str


Cell = str | Code | Link


@dataclass(frozen=True)
class Image:
    """A picture that lies in a file of its own, with what stands below it."""

    caption: str
    target: str


@dataclass(frozen=True)
class Column:
    """A column's heading, and whether it holds numbers, which are set to the right."""

    heading: str
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of cells; where a page can be worked with, its reader may filter them by some of the columns.

    `filters` are the headings of these columns. The title of the section then says what the rows are.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    filters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A part of a page; what is empty is not shown. The lines of a listing are kept as they are."""

    title: str
    lead: str = ""
    points: tuple[tuple[Cell, ...], ...] = ()
    table: Table | None = None
    note: str = ""
    listing: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()


@dataclass(frozen=True)
class Page:
    title: str
    sections: tuple[Section, ...]


def columns(*headings: str) -> tuple[Column, ...]:
    """Columns from headings; one that begins with '#' holds numbers."""
    return tuple(Column(heading.removeprefix("#"), heading.startswith("#")) for heading in headings)
