"""Pages on a terminal, and plain where the output is no terminal."""

from __future__ import annotations

from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from auditor.render.page import Cell, Code, Page, Table

_UNBOUNDED = 10_000
_STYLES = {"✓": "green", "✗": "bold red", "?": "yellow"}


def show(pages: list[Page], stream: TextIO) -> None:
    """Print pages one after the other, as wide as the terminal, or as they need when piped."""
    console = Console(file=stream, highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console = Console(file=stream, highlight=False, width=_UNBOUNDED)
    for page in pages:
        console.print(Text(page.title, style="bold"), end="\n\n")
        for section in page.sections:
            console.print(Text(section.title, style="bold cyan"))
            if section.lead:
                console.print(Text(section.lead))
            for point in section.points:
                console.print(Text.assemble("- ", *(_cell(cell) for cell in point)))
            if section.table:
                console.print(_table(section.table))
            if section.note:
                console.print(Text(section.note, style="dim"))
            console.print()


def _table(table: Table) -> RichTable:
    rich = RichTable(box=SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for column in table.columns:
        rich.add_column(Text(column.heading), justify="right" if column.numeric else "left")
    for row in table.rows:
        rich.add_row(*(_cell(cell) for cell in row))
    return rich


def _cell(cell: Cell) -> Text:
    if isinstance(cell, Code):
        return Text(cell.text, style="cyan")
    text = cell if isinstance(cell, str) else cell.text
    return Text(text, style=_STYLES.get(text, ""))
