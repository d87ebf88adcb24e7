"""Panels as DOT, which Graphviz lays out and draws."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from graphviz import Digraph

from auditor.render.diagram.markup import heading, tip
from auditor.render.diagram.panel import Panel, reach
from auditor.render.diagram.style import FONT, HEADING, LINE, SIZE, Form
from auditor.render.diagram.writer import KEY, TABLE, Writer

_GAP = 6
"""Points between the columns."""

_TANGLED = 3000
"""The reach from which on edges are drawn straight and placed with less care, for care would take minutes."""


def dot(title: str, columns: Sequence[Sequence[Panel]]) -> str:
    """The text of a DOT file with all panels, one column of them beside the other."""
    drawing = Digraph(
        "architecture",
        graph_attr={
            "tooltip": tip(title),
            "rankdir": "TB",
            "packmode": f"array_it{len(columns)}",
            "pack": str(_GAP),
            "nodesep": "0.08",
            "ranksep": "0.055",
            "fontname": FONT,
            "fontsize": str(HEADING),
            "labeljust": "l",
            "ordering": "out",
            "bgcolor": "white",
        },
        node_attr={
            "fontname": FONT,
            "fontsize": str(SIZE),
            "style": "filled",
            "color": LINE,
            "penwidth": "0.6",
            "margin": "0.05,0.025",
            "height": "0.15",
            "width": "0.3",
        },
        edge_attr={"color": LINE, "penwidth": "0.7", "arrowsize": "0.4"},
    )
    if sum(reach(panel.edges) for panels in columns for panel in panels) > _TANGLED:
        drawing.attr(splines="line", nslimit="1", nslimit1="1", mclimit="0.1")
    for number, panels in enumerate(columns):
        prefixes = [f"{number}{place}" for place in range(len(panels))]
        for prefix, panel in zip(prefixes, panels, strict=True):
            _add(drawing, prefix, panel)
        for (upper, above), (lower, below) in pairwise(zip(prefixes, panels, strict=True)):
            for tail in _last(above):
                for head in _first(below):
                    drawing.edge(f"{upper}_{tail}", f"{lower}_{head}", style="invis", weight="0")
    return str(drawing.source)


def _add(drawing: Digraph, prefix: str, panel: Panel) -> None:
    title = f"({panel.letter}) {panel.title}" if panel.letter else panel.title
    with drawing.subgraph(name=f"cluster_{prefix}") as part:
        part.attr(label=heading(title), color="#bbbbbb", penwidth="0.5", margin="4")
        Writer(part, prefix).write(panel)


def _first(panel: Panel) -> list[str]:
    """The nodes that nothing leads to."""
    heads = {edge.head for edge in panel.edges}
    return [KEY] if panel.key else [node.name for node in panel.nodes if node.name not in heads] or [TABLE]


def _last(panel: Panel) -> list[str]:
    """The nodes that lead to nothing."""
    tails = {edge.tail for edge in panel.edges if not edge.is_remark}
    ends = [node.name for node in panel.nodes if node.name not in tails and node.form is not Form.NOTE]
    return ends or [TABLE]
