"""The main panel: the whole model at a level of detail, with what documents claim beside what was measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from enum import Enum
from itertools import groupby
from typing import Literal

from auditor.auditing import Audit, Component
from auditor.profiling.facts import below
from auditor.profiling.flow import Flow
from auditor.render.diagram.claimed import claimed
from auditor.render.diagram.fold import fold
from auditor.render.diagram.graph import Box, Graph, Key, graph
from auditor.render.diagram.labels import Labels, shortened, sizes
from auditor.render.diagram.panel import Edge, Frame, Line, Node, Panel
from auditor.render.diagram.style import Colour, Form
from auditor.render.figures import count


class Level(Enum):
    """How far modules are opened up."""

    COMPONENT = "component"
    BLOCK = "block"
    MODULE = "module"


def architecture(audit: Audit, level: Level = Level.COMPONENT) -> Panel:
    """The whole model, what repeats folded."""
    flow, is_closed = audit.profile.flow, closing(audit.profile.flow, level)
    folded = fold(flow, {module.path: module.type for module in audit.profile.modules}, is_closed)
    drawn, labels = graph(folded.flow, is_closed), Labels(audit.spec, audit.profile, folded.repeated)
    nodes, notes = [labels.node(box) for box in drawn.boxes], []
    for component in (one for one in audit.components if one.claims):
        holds = below(audit.scope.variant.listed[component.name])
        there = [place for place, box in enumerate(drawn.boxes) if all(map(holds, labels.paths(box)))]
        for place in there:
            nodes[place] = replace(nodes[place], tip=f"{nodes[place].tip}\n{_in_words(component)}")
        if there:
            notes.append((component, nodes[there[-1]].name))
    remarks = list(_remarks(notes))
    return Panel(
        "a",
        audit.spec.title,
        nodes=(
            *(port_node(folded.flow, "input", place) for place in range(len(folded.flow.inputs))),
            *nodes,
            *(port_node(folded.flow, "output", place) for place in range(len(folded.flow.outputs))),
            *(note for note, _ in remarks),
        ),
        edges=(*_edges(drawn), *(Edge(about, note.name, is_remark=True) for note, about in remarks)),
        frames=tuple(_frames(drawn, labels)),
        rows=tuple(_rows(drawn.boxes)),
    )


def closing(flow: Flow, level: Level) -> Callable[[int], bool]:
    """Which calls stay closed: those without calls inside, and those that lie deep enough."""
    inner = Counter(call.within for call in flow.calls)
    wrapping = 0
    while inner[wrapping] == 1 and all(step.call != wrapping for step in flow.steps):
        wrapping += 1  # the only call inside it is the next one
    depths: list[int] = []
    for call in flow.calls:
        depths.append(0 if call.within is None else depths[call.within] + 1)
    deepest = depths[wrapping] + {Level.COMPONENT: 0, Level.BLOCK: 1, Level.MODULE: len(depths)}[level]
    return lambda call: depths[call] > deepest or not inner[call]


def _edges(drawn: Graph) -> Iterator[Edge]:
    """The arrows, with the sizes of what they carry where no end of them says so."""
    for arrow in drawn.arrows:
        is_inside = arrow.tail[0] != "input" and arrow.head[0] != "output"
        yield Edge(name(arrow.tail), name(arrow.head), sizes(drawn.flow, arrow.values) if is_inside else "")


def name(key: Key) -> str:
    """What a box or a port is called inside a panel."""
    return "_".join(map(str, key))


def port_node(flow: Flow, side: Literal["input", "output"], place: int) -> Node:
    """One of the model's inputs or outputs."""
    port = (flow.inputs if side == "input" else flow.outputs)[place]
    title, size = port.name or side, sizes(flow, [port.value])
    lines = (Line(shortened(title), bold=True), Line(size))
    return Node(name((side, place)), Form.MODULE, _ENDS[side], lines, f"{title} {size}")


_ENDS = {"input": Colour.TENSOR, "output": Colour.RESULT}


def _frames(drawn: Graph, labels: Labels) -> Iterator[Frame]:
    """Around what stands open for several calls."""
    for call, calls in labels.repeated.items():
        inside = [box for box in drawn.boxes if box.closed != call and call in drawn.flow.around(box.steps[0].call)]
        if inside:
            paths = [drawn.flow.calls[one].path for one in calls]
            label = f"{shortened(paths[0])} … {paths[-1].rpartition('.')[2]}  ×{len(calls)}"
            yield Frame(label, tuple(name(box.key) for box in inside))


def _rows(boxes: Sequence[Box]) -> Iterator[tuple[str, ...]]:
    """The parts of one module, side by side, which makes lanes of them."""
    for _, parts in groupby((box for box in boxes if box.is_part), key=lambda box: box.closed):
        yield tuple(name(box.key) for box in parts)


def _remarks(claimed_of: Sequence[tuple[Component, str]]) -> Iterator[tuple[Node, str]]:
    """What is claimed of components, on one note for each box that it is put beside."""
    beside: dict[str, list[Component]] = {}
    for component, box in claimed_of:
        beside.setdefault(box, []).append(component)
    for place, (box, components) in enumerate(beside.items()):
        lines = tuple(line for component in components for line in _remark(component))
        yield Node(f"note_{place}", Form.NOTE, None, lines), box


def _remark(component: Component) -> tuple[Line, ...]:
    params = f"{count(component.totals.params)} params"
    return (Line(shortened(component.name), bold=True), Line(params), *claimed(component))


def _in_words(component: Component) -> str:
    """The same for a tip."""
    figures = ", ".join(f"{line.struck}{line.text}" for line in claimed(component))
    return f"{component.name}: measured {count(component.totals.params)}, claimed {figures}"
