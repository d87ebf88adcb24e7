"""Text in a drawing: labels in the HTML that Graphviz understands, and tips."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from graphviz import nohtml

from auditor.render.diagram.panel import Cell, Line
from auditor.render.diagram.style import FAINT, WRONG, Colour
from auditor.render.page import printable


def key(colours: Sequence[Colour]) -> str:
    """What colours say, each on a ground of its own."""
    rows = [colours[place : place + _ABREAST] for place in range(0, len(colours), _ABREAST)]
    written = "".join(f"<TR>{''.join(map(_swatch, row))}</TR>" for row in rows)
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="2" CELLPADDING="2">{written}</TABLE>>'


_ABREAST = 3
"""Colours in a row."""


def _swatch(colour: Colour) -> str:
    return f'<TD BGCOLOR="{colour.fill}"><FONT COLOR="{colour.text}">{_literal(colour.meaning)}</FONT></TD>'


def table(rows: Sequence[Sequence[Cell]]) -> str:
    """A table whose first row has the headings."""
    headings, *others = map(_row, rows)
    plain = 'BORDER="0" CELLBORDER="0" CELLSPACING="0"'
    return f'<<TABLE {plain} CELLPADDING="1">{headings}<HR/>{"".join(others)}</TABLE>>'


def _row(cells: Sequence[Cell]) -> str:
    """The first cell to the left, the others to the right."""
    sides = ["LEFT", *["RIGHT"] * (len(cells) - 1)]
    written = (
        f'<TD ALIGN="{side}" BALIGN="{side}">{_lines(cell)}</TD>' for side, cell in zip(sides, cells, strict=True)
    )
    return f"<TR>{_BETWEEN.join(written)}</TR>"


_BETWEEN = '<TD WIDTH="5"></TD>'
"""Room between two cells."""


def label(lines: Sequence[Line]) -> str:
    """Lines one below the other, in the middle."""
    return f"<{_lines(lines)}>"


def _lines(lines: Sequence[Line]) -> str:
    return "<BR/>".join(map(_line, lines))


def _line(line: Line) -> str:
    text = _literal(line.text)
    if line.struck:
        text = f'<FONT COLOR="{WRONG}"><S>{_literal(line.struck)}</S>{text}</FONT>'
    if line.faint:
        text = f'<FONT COLOR="{FAINT}">{text}</FONT>'
    return f"<B>{text}</B>" if line.bold and text else text


def _literal(text: str) -> str:
    """Text inside a label that is HTML."""
    return escape(_without_commands(text))


def tip(text: str) -> str:
    """Text that Graphviz takes literally, whatever it looks like."""
    literal: str = nohtml(_without_commands(text))
    return literal


def _without_commands(text: str) -> str:
    """Text with another sign for the backslash, which Graphviz obeys as often as it reads it."""
    return printable(text).replace("\\", "\N{SET MINUS}")
