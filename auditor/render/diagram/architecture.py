"""The main panel: the whole model at a level of detail, with what documents claim beside what was measured."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Literal

from auditor.auditing import Audit, Component
from auditor.errors import AuditError
from auditor.profiling import Profile
from auditor.profiling.facts import below
from auditor.profiling.flow import Flow
from auditor.render.diagram.claimed import claimed
from auditor.render.diagram.fold import Folded, fold
from auditor.render.diagram.graph import Box, Graph, Key, graph
from auditor.render.diagram.labels import Labels
from auditor.render.diagram.level import Level
from auditor.render.diagram.panel import Edge, Frame, Line, Node, Panel, reach
from auditor.render.diagram.style import Colour, Form
from auditor.render.diagram.words import several, shortened, sizes
from auditor.render.figures import count

_READABLE, _SIZED = 12_000, 120
"""How many rows all arrows may pass together, and how many arrows may have sizes on them."""


def architecture(audit: Audit, level: Level = Level.COMPONENT) -> Panel:
    """The whole model, what repeats folded; one with too much on its top level is a single box."""
    folded, drawn = _opened(audit.profile, closing(audit.profile.flow, level))
    if reach(_edges(drawn)) > _READABLE:
        if level is not Level.COMPONENT:
            what = f"its {len(drawn.arrows):,} arrows at the level '{level.value}' are too tangled"
            raise AuditError(f"{audit.spec.name}: {what} to be read, or to be drawn in reasonable time")
        folded, drawn = _opened(audit.profile, lambda call: True)
    labels = Labels(audit.spec, audit.profile, folded.repeated)
    nodes, notes = list(labels.nodes(drawn.boxes)), []
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


def _opened(profile: Profile, is_closed: Callable[[int], bool]) -> tuple[Folded, Graph]:
    """What stands open, folded, and as a graph."""
    own = profile.own_params
    kinds = {module.path: (module.type, module.settings, own[module.path]) for module in profile.modules}
    folded = fold(profile.flow, kinds, is_closed)
    return folded, graph(folded.flow, is_closed)


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
    """The arrows, with the sizes of what they carry where no end of them says so and there is room."""
    is_roomy = len(drawn.arrows) <= _SIZED
    for arrow in drawn.arrows:
        is_inside = arrow.tail[0] != "input" and arrow.head[0] != "output" and is_roomy
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
    inside: defaultdict[int, list[str]] = defaultdict(list)
    for box in drawn.boxes:
        for call in drawn.flow.around(box.steps[0].call):
            if call in labels.repeated and call != box.closed:
                inside[call].append(name(box.key))
    for call, names in inside.items():
        paths = [drawn.flow.calls[one].path for one in labels.repeated[call]]
        yield Frame(several(list(map(shortened, paths))), tuple(names))


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
    return (Line(shortened(component.name), bold=True), Line(params), *claimed(component.claims))


def _in_words(component: Component) -> str:
    """The same for a tip."""
    figures = ", ".join(f"{line.struck}{line.text}" for line in claimed(component.claims))
    return f"{component.name}: measured {count(component.totals.params)}, claimed {figures}"
