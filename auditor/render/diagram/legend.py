"""The legend: what the colours and shapes say that a diagram uses."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.render.diagram.panel import Line, Node, Panel
from auditor.render.diagram.style import Colour, Form


def legend(panels: Iterable[Panel]) -> Panel:
    """Every colour and every shape that some panel uses."""
    nodes = [node for panel in panels for node in panel.nodes]
    colours = tuple(colour for colour in Colour if any(node.colour is colour for node in nodes))
    forms = [form for form in Form if any(node.form is form for node in nodes)]
    shapes = tuple(Node(form.name, form, None, (Line(form.meaning),)) for form in forms)
    return Panel("", "Legend", shapes, rows=(tuple(node.name for node in shapes),), key=colours)
