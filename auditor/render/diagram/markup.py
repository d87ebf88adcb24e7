"""Text in a drawing: labels in the HTML that Graphviz understands, and tips."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from textwrap import wrap

from graphviz import nohtml

from auditor.render.diagram.panel import Cell, Line
from auditor.render.diagram.style import FAINT, WRONG, Colour
from auditor.render.diagram.words import shortened
from auditor.render.page import printable


def key(colours: Sequence[Colour]) -> str:
    """What colours say, each on a ground of its own."""
    rows = [colours[place : place + _ABREAST] for place in range(0, len(colours), _ABREAST)]
    written = "".join(f"<TR>{''.join(map(_swatch, row))}</TR>" for row in rows)
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="2" CELLPADDING="2">{written}</TABLE>>'


_ABREAST = 4
"""Colours in a row."""


def _swatch(colour: Colour) -> str:
    return f'<TD BGCOLOR="{colour.fill}"><FONT COLOR="{colour.text}">{_literal(colour.meaning)}</FONT></TD>'


def heading(text: str) -> str:
    """A title in bold, on several lines if it is long."""
    lines = (Line(line, bold=True) for line in wrap(shortened(text, _LONGEST), _WIDE))
    return f"<{''.join(f'{_line(line)}{_END}' for line in lines)}>"


_WIDE, _LONGEST = 52, 150
"""Characters on a line of a title, and in all of it."""


_END = '<BR ALIGN="LEFT"/>'


def table(rows: Sequence[Sequence[Cell]]) -> str:
    """A table whose first row has the headings."""
    headings, *others = map(_row, rows)
    plain = 'BORDER="0" CELLBORDER="0" CELLSPACING="0"'
    return f'<<TABLE {plain} CELLPADDING="1">{headings}<HR/>{"".join(others)}</TABLE>>'


def _row(cells: Sequence[Cell]) -> str:
    """The first cell to the left, the others to the right."""
    sides = ["LEFT", *["RIGHT"] * (len(cells) - 1)]
    written = (
        f'<TD ALIGN="{side}" BALIGN="{side}">{_coloured(_lines(cell))}</TD>'
        for side, cell in zip(sides, cells, strict=True)
    )
    return f"<TR>{_BETWEEN.join(written)}</TR>"


def _coloured(text: str) -> str:
    """Text in black, said aloud: Graphviz sets it a little higher beside text of another colour."""
    return f'<FONT COLOR="#000000">{text}</FONT>' if text else ""


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
    if line.faint and text:
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
