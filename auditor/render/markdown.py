"""Pages as Markdown for a code host."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.render.page import Cell, Code, Link, Page, Section, Table, printable

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~#])")


def markdown(page: Page) -> str:
    """Write a page; the same page gives the same text, byte for byte."""
    lines = [f"# {_cell(page.title)}", ""]
    for section in page.sections:
        lines += [f"## {_cell(section.title)}", "", *_section(section)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _section(section: Section) -> Iterator[str]:
    if section.lead:
        yield from (_cell(section.lead), "")
    if section.points:
        yield from ("- " + "".join(_cell(cell) for cell in point) for point in section.points)
        yield ""
    for image in section.images:
        yield from (f"![{_cell(image.caption)}]({image.target})", "", _cell(image.caption), "")
    if section.table:
        yield from _table(section.table)
        yield ""
    if section.note:
        yield from (_cell(section.note), "")


def _table(table: Table) -> Iterator[str]:
    yield _row(_cell(column.heading) for column in table.columns)
    yield _row("---:" if column.numeric else "---" for column in table.columns)
    for row in table.rows:
        yield _row(_cell(cell) for cell in row)


def _row(cells: Iterator[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    if isinstance(cell, Code):
        return _code(cell.text)
    if isinstance(cell, Link):
        return f"[{_text(cell.text)}]({cell.target})"
    return _text(cell)


def _text(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", re.sub(r"\s+", " ", printable(text)))


def _code(text: str) -> str:
    """A code span fenced with more backticks than it holds; a bar would end a table's cell."""
    flat = re.sub(r"\s+", " ", printable(text)).replace("|", "\\|")
    longest = max((len(run) for run in re.findall("`+", flat)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{pad}{flat}{pad}{fence}"
