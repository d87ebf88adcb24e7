"""Panels as DOT, which Graphviz lays out and draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from graphviz import Digraph, nohtml

from auditor.render.diagram.labels import shortened
from auditor.render.diagram.panel import Cell, Edge, Frame, Line, Node, Panel
from auditor.render.diagram.style import FAINT, FONT, HEADING, LINE, PAPER, SIZE, WRONG, Colour, Form
from auditor.render.page import printable

_GAP = 6
"""Points between the columns."""


def dot(title: str, columns: Sequence[Sequence[Panel]]) -> str:
    """The text of a DOT file with all panels, one column of them beside the other."""
    drawing = Digraph(
        "architecture",
        graph_attr={
            "tooltip": _tip(title),
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
            "margin": "0.05,0.01",
            "height": "0.15",
            "width": "0.3",
        },
        edge_attr={"color": LINE, "penwidth": "0.7", "arrowsize": "0.4"},
    )
    for number, panels in enumerate(columns):
        for place, panel in enumerate(panels):
            with drawing.subgraph(name=f"cluster_{number}{place}") as part:
                heading = f"({panel.letter}) {panel.title}" if panel.letter else panel.title
                part.attr(label=_html([Line(heading, bold=True)]), color="#bbbbbb", penwidth="0.5", margin="4")
                _Writer(part, f"{number}{place}").write(panel)
        for upper, lower in pairwise(enumerate(panels)):
            for tail in _last(upper[1]):
                for head in _first(lower[1]):
                    drawing.edge(f"{number}{upper[0]}_{tail}", f"{number}{lower[0]}_{head}", style="invis", weight="0")
    return str(drawing.source)


@dataclass(frozen=True)
class _Writer:
    """Writes one panel into its part of the drawing, its nodes called after the panel."""

    part: Digraph
    prefix: str

    def write(self, panel: Panel) -> None:
        for node in panel.nodes:
            self._node(node)
        for name, label in ((TABLE, _table(panel.table)), (KEY, _key(panel.key))):
            if label:
                self.part.node(self._name(name), shape="plain", fillcolor="white", label=label)
        if panel.key:
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
            label=_html(node.lines),
            shape=node.form.shape,
            fillcolor=fill,
            fontcolor=text,
            **({"tooltip": _tip(node.tip)} if node.tip else {}),
            **({"margin": "0,0"} if node.form is Form.ACTIVATION else {}),
        )

    def _frame(self, frame: Frame, number: int, edges: Sequence[Edge]) -> None:
        """A dashed line around nodes; its label is a node, too, since edges keep clear of nodes alone."""
        with self.part.subgraph(name=f"cluster_{self.prefix}_{number}") as group:
            group.attr(label="", style="dashed", color="#888888")
            label = self._name(f"frame_{number}")
            lines = [Line(shortened(frame.label), faint=True)]
            group.node(label, label=_html(lines), shape="plain", fillcolor="white")
            inner = {edge.head for edge in edges if {edge.tail, edge.head} <= set(frame.nodes)}
            for first in (one for one in frame.nodes if one not in inner):
                group.edge(label, self._name(first), style="invis", weight="0")
            for one in frame.nodes:
                group.node(self._name(one))
            for place, edge in enumerate(edges):
                if edge.label and {edge.tail, edge.head} <= set(frame.nodes):
                    group.node(self._size(place))

    def _size(self, place: int) -> str:
        return self._name(f"size_{place}")

    def _edge(self, edge: Edge, place: int, weight: str) -> None:
        tail, head = self._name(edge.tail), self._name(edge.head)
        if edge.is_remark:
            self._in_a_row((edge.tail, edge.head), style="dashed", arrowhead="none", color="#999999", weight="0")
        elif edge.is_hidden:
            self.part.edge(tail, head, style="invis")
        elif edge.label:
            size = self._size(place)
            lines = [Line(line, faint=True) for line in edge.label.split("\n")]
            self.part.node(size, label=_html(lines), shape="plain", fillcolor="white")
            self.part.edge(tail, size, arrowhead="none", weight=weight)
            self.part.edge(size, head, weight=weight)
        else:
            self.part.edge(tail, head, weight=weight)

    def _in_a_row(self, names: Sequence[str], **how: str) -> None:
        with self.part.subgraph() as row:
            row.attr(rank="same")
            for left, right in pairwise(names):
                row.edge(self._name(left), self._name(right), **how)


TABLE, KEY = "table", "key"


def _first(panel: Panel) -> list[str]:
    heads = {edge.head for edge in panel.edges}
    return [KEY] if panel.key else [node.name for node in panel.nodes if node.name not in heads] or [TABLE]


def _last(panel: Panel) -> list[str]:
    tails = {edge.tail for edge in panel.edges if not edge.is_remark}
    ends = [node.name for node in panel.nodes if node.name not in tails and node.form is not Form.NOTE]
    return ends or [TABLE]


def _key(colours: Sequence[Colour]) -> str:
    rows = [colours[place : place + _ABREAST] for place in range(0, len(colours), _ABREAST)]
    written = "".join(f"<TR>{''.join(map(_swatch, row))}</TR>" for row in rows)
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="2" CELLPADDING="2">{written}</TABLE>>' if written else ""


_ABREAST = 3
"""Colours in a row."""


def _swatch(colour: Colour) -> str:
    return f'<TD BGCOLOR="{colour.fill}"><FONT COLOR="{colour.text}">{_literal(colour.meaning)}</FONT></TD>'


def _table(rows: Sequence[Sequence[Cell]]) -> str:
    if not rows:
        return ""
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


def _html(lines: Sequence[Line]) -> str:
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


def _tip(text: str) -> str:
    """Text that Graphviz takes literally, whatever it looks like."""
    literal: str = nohtml(_without_commands(text))
    return literal


def _without_commands(text: str) -> str:
    """Text with another sign for the backslash, which Graphviz obeys as often as it reads it."""
    return printable(text).replace("\\", "\N{SET MINUS}")
