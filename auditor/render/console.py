"""Pages on a terminal, and plain where the output is no terminal."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, JustifyMethod
from rich.table import Table as RichTable
from rich.text import Text

from auditor.render.page import Cell, Code, Page, Section, Table, printable

_UNBOUNDED = 10_000
_WORDS: dict[str, str | int | None] = {
    "✓": "ok",
    "✗": "NO",
    "≠": "!=",
    "×": "x",
    "−": "-",
    "─": "-",
    "≤": "<=",
    "≥": ">=",
    "→": "->",
}
"""What stands for a sign that a terminal's encoding lacks."""

_STYLES = {"✓": "green", "✗": "bold red", "≠": "bold red", "?": "yellow"}


def show(pages: Sequence[Page], stream: TextIO) -> None:
    """Print pages one after the other."""
    stream.write(shown(pages, stream))


def shown(pages: Sequence[Page], stream: TextIO) -> str:
    """Pages one after the other as text for a stream, as wide as the terminal, or as they need when piped."""
    console = Console(file=stream, highlight=False, force_terminal=False if os.environ.get("NO_COLOR") else None)
    if not stream.isatty() and "COLUMNS" not in os.environ:
        console.width = _UNBOUNDED
    with console.capture() as capture:
        for number, page in enumerate(pages):
            if number:
                console.print()
            console.print(Text(printable(page.title), style="bold"))
            for section in page.sections:
                _print_section(console, section)
    text = "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())
    return _in_words(text) if _is_narrow(stream) else text


def _is_narrow(stream: TextIO) -> bool:
    """Whether the stream's encoding lacks the signs that tell verdicts apart."""
    try:
        "".join(_WORDS).encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _in_words(text: str) -> str:
    return text.translate(str.maketrans(_WORDS))


def _print_section(console: Console, section: Section) -> None:
    console.print()
    console.print(Text(section.title, style="bold cyan"))
    if section.lead:
        console.print(Text(section.lead))
    points = RichTable.grid(padding=(0, 1))
    for point in section.points:
        points.add_row("-", Text.assemble(*(_cell(cell) for cell in point)))
    if section.points:
        console.print(points)
    if section.table:
        console.print(_table(section.table))
    if section.note:
        console.print(Text(section.note, style="dim"))
    if section.listing:
        console.print()
        console.print(Text(printable("\n".join(section.listing))), soft_wrap=True)


def _table(table: Table) -> RichTable:
    rich = RichTable(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="dim")
    for column in table.columns:
        justify: JustifyMethod = "right" if column.numeric else "left"
        rich.add_column(Text(column.heading), justify=justify, no_wrap=column.numeric, overflow="fold")
    for row in table.rows:
        rich.add_row(*(_cell(cell) for cell in row))
    return rich


def _cell(cell: Cell) -> Text:
    text = printable(cell if isinstance(cell, str) else cell.text)
    return Text(text, style="cyan" if isinstance(cell, Code) else _STYLES.get(text, ""))
