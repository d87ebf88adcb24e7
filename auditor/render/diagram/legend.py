"""The legend: what the colours and shapes say that a diagram uses."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from auditor.render.diagram.panel import Edge, Line, Node, Panel
from auditor.render.diagram.style import Colour, Form


def legend(panels: Iterable[Panel]) -> Panel:
    """Every colour and every shape that some panel uses."""
    nodes = [node for panel in panels for node in panel.nodes]
    colours = tuple(colour for colour in Colour if any(node.colour is colour for node in nodes))
    forms = [form for form in Form if any(node.form is form for node in nodes)]
    shapes = [Node(form.name, form, None, (Line(form.meaning),)) for form in forms]
    rows = tuple(tuple(node.name for node in row) for row in (shapes[:_ABREAST], shapes[_ABREAST:]) if row)
    below = tuple(Edge(upper[0], lower[0], is_hidden=True) for upper, lower in pairwise(rows))
    return Panel("", "Legend", tuple(shapes), below, rows=rows, key=colours)


_ABREAST = 3
"""Shapes in a row."""
