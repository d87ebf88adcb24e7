"""Tables as HTML, and what a reader may choose rows by."""

from __future__ import annotations

from auditor.render.html.text import escaped, inline
from auditor.render.page import Cell, Code, Column, Table

_LONG = 22
"""Characters of a cell that is broken into lines, even within a word, rather than widen its column any more."""


def table(made: Table, title: str) -> str:
    """A table that scrolls by itself where it is too wide, below its filters if it has any."""
    head = "".join(_heading(column) for column in made.columns)
    body = "\n".join(f"<tr>{''.join(map(_cell, made.columns, row))}</tr>" for row in made.rows)
    return (
        f"{_filters(made, title) if made.filters else ''}"
        f'<div class="scroll" role="region" aria-label="{escaped(title)}, table" tabindex="0">\n'
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>\n"
    )


def _heading(column: Column) -> str:
    text = inline(column.heading) if column.heading else '<span class="unseen">Result</span>'
    return f'<th scope="col"{_classes(["number"] if column.numeric else [])}>{text}</th>'


def _cell(column: Column, cell: Cell) -> str:
    text = cell if isinstance(cell, str) else cell.text
    names = ["number"] * column.numeric + ["code"] * isinstance(cell, Code) + ["long"] * (len(text) > _LONG)
    return f"<td{_classes(names)}>{inline(cell)}</td>"


def _classes(names: list[str]) -> str:
    return f' class="{" ".join(names)}"' if names else ""


def _filters(made: Table, title: str) -> str:
    """The controls, which do nothing without the script and are shown by it."""
    headings = [column.heading for column in made.columns]
    choices = "\n".join(_choice(made, headings.index(name)) for name in made.filters)
    rows = title.lower()
    return (
        f'<div class="filters" role="search" aria-label="Filter {escaped(rows)}" hidden>\n{choices}\n'
        '<label>Search <input type="search" autocomplete="off" spellcheck="false"></label>\n'
        '<button type="button">Clear</button>\n'
        f'<output aria-live="polite" data-rows="{escaped(rows)}"></output>\n</div>\n'
    )


def _choice(made: Table, number: int) -> str:
    cells = (row[number] for row in made.rows)
    texts = dict.fromkeys(cell if isinstance(cell, str) else cell.text for cell in cells)
    options = "".join(f'<option value="{escaped(text)}">{escaped(text)}</option>' for text in texts if text)
    heading = escaped(made.columns[number].heading)
    return f'<label>{heading} <select data-column="{number}"><option value="">all</option>{options}</select></label>'
