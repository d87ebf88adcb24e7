"""One panel as DOT: its nodes and edges, with all that keeps them in their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from graphviz import Digraph

from auditor.render.diagram.markup import key, label, table, tip
from auditor.render.diagram.panel import Edge, Frame, Line, Node, Panel
from auditor.render.diagram.style import PAPER, Form
from auditor.render.diagram.words import shortened

TABLE, KEY = "table", "key"
"""What the nodes are called that hold a panel's table and the key to its colours."""


_MARGINS = {Form.ACTIVATION: "0,0", Form.NOTE: "0.09,0.025"}
"""Where the usual one leaves too much room, or too little."""


@dataclass(frozen=True)
class Writer:
    """Writes one panel into its part of the drawing, its nodes called after the panel."""

    part: Digraph
    prefix: str

    def write(self, panel: Panel) -> None:
        """Write all of it."""
        for node in panel.nodes:
            self._node(node)
        if panel.table:
            self._plain(TABLE, table(panel.table))
        if panel.key:
            self._plain(KEY, key(panel.key))
            for name in panel.rows[0]:
                self.part.edge(self._name(KEY), self._name(name), style="invis")
        for number, frame in enumerate(panel.frames):
            self._frame(frame, number, panel.edges)
        for row in panel.rows:
            self._in_a_row(row, style="invis")
        spines = {row[len(row) // 2] for row in panel.rows}
        for place, edge in enumerate(panel.edges):
            self._edge(edge, place, "8" if spines & {edge.tail, edge.head} else "1")

    def _name(self, name: str) -> str:
        return f"{self.prefix}_{name}"

    def _node(self, node: Node) -> None:
        fill, text = (node.colour.fill, node.colour.text) if node.colour else (PAPER, "#000000")
        self.part.node(
            self._name(node.name),
            label=label(node.lines),
            shape=node.form.shape,
            fillcolor=fill,
            fontcolor=text,
            **({"tooltip": tip(node.tip)} if node.tip else {}),
            **({"margin": _MARGINS[node.form]} if node.form in _MARGINS else {}),
        )

    def _plain(self, name: str, text: str) -> None:
        """Text without a box, which is a node since edges keep clear of nodes alone."""
        self.part.node(self._name(name), label=text, shape="plain", fillcolor="white")

    def _frame(self, frame: Frame, number: int, edges: Sequence[Edge]) -> None:
        """A dashed line around nodes, with its label among them."""
        inside = set(frame.nodes)
        inner = [(place, edge) for place, edge in enumerate(edges) if {edge.tail, edge.head} <= inside]
        name = f"frame_{number}"
        self._plain(name, label([Line(shortened(frame.label), faint=True)]))
        with self.part.subgraph(name=f"cluster_{self.prefix}_{number}") as group:
            group.attr(label="", style="dashed", color="#888888")
            for one in (name, *frame.nodes):
                group.node(self._name(one))
            for place, edge in inner:
                if edge.label:
                    group.node(self._size(place))
            for first in sorted(inside - {edge.head for _, edge in inner}):
                group.edge(self._name(name), self._name(first), style="invis", weight="0")

    def _size(self, place: int) -> str:
        return self._name(f"size_{place}")

    def _edge(self, edge: Edge, place: int, weight: str) -> None:
        tail, head = self._name(edge.tail), self._name(edge.head)
        if edge.is_remark:
            self._in_a_row((edge.tail, edge.head), style="dashed", arrowhead="none", color="#999999", weight="0")
        elif edge.label:
            size = self._size(place)
            self._plain(f"size_{place}", label([Line(line, faint=True) for line in edge.label.split("\n")]))
            self.part.edge(tail, size, arrowhead="none", weight=weight)
            self.part.edge(size, head, weight=weight)
        else:
            self.part.edge(tail, head, weight=weight)

    def _in_a_row(self, names: Sequence[str], **how: str) -> None:
        with self.part.subgraph() as row:
            row.attr(rank="same")
            for left, right in pairwise(names):
                row.edge(self._name(left), self._name(right), **how)
