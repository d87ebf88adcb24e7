"""What a diagram is made of: panels with nodes and edges, or with a table, as they are to be drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from auditor.render.diagram.style import Colour, Form


@dataclass(frozen=True)
class Line:
    """One line of text; what is `struck` stands before it, struck through."""

    text: str
    bold: bool = False
    faint: bool = False
    struck: str = ""


Cell = tuple[Line, ...]
"""What stands in one place of a table."""


@dataclass(frozen=True)
class Node:
    """One box; `name` tells it from all others of its panel, `tip` is what pointing at it shows."""

    name: str
    form: Form
    colour: Colour | None
    lines: tuple[Line, ...]
    tip: str = ""


@dataclass(frozen=True)
class Edge:
    """A line from one node to another; a remark's is dashed, without an arrow."""

    tail: str
    head: str
    label: str = ""
    is_remark: bool = False


@dataclass(frozen=True)
class Frame:
    """Nodes that belong together, such as those of one opened module."""

    label: str
    nodes: tuple[str, ...]


@dataclass(frozen=True)
class Panel:
    """One part of a diagram.

    Nodes of one row stand side by side in that order; `table` has its headings in the first row, and
    `key` are colours to be explained.
    """

    letter: str
    title: str
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    frames: tuple[Frame, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    table: tuple[tuple[Cell, ...], ...] = ()
    key: tuple[Colour, ...] = ()


def reach(edges: Iterable[Edge]) -> int:
    """How many rows all edges pass together, which tells how long it takes to place them."""
    rows: defaultdict[str, int] = defaultdict(int)
    edges = [edge for edge in edges if not edge.is_remark]
    for edge in edges:
        rows[edge.head] = max(rows[edge.head], rows[edge.tail] + 1)
    return sum(rows[edge.head] - rows[edge.tail] for edge in edges)
