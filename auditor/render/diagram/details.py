"""The detail panels: one attention module, and one level's way through the detection head."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from auditor.auditing import Audit
from auditor.models import blocks
from auditor.models.registry import Role
from auditor.profiling.flow import Flow
from auditor.profiling.formulas import Shape
from auditor.render.diagram.architecture import name, port_node
from auditor.render.diagram.graph import Arrow, Box, Graph, Key, graph
from auditor.render.diagram.labels import Labels
from auditor.render.diagram.panel import Edge, Line, Node, Panel
from auditor.render.diagram.style import Colour, Form
from auditor.render.diagram.words import common, shortened, sizes

_LEVEL, _PARTS = 2, 3
"""How many calls lie around what serves one level of a stage, and around the parts of that."""


_WIDTH = 18
"""Characters on a line of a box, for which there is more room here than beside other lanes."""


def attention(audit: Audit) -> Panel | None:
    """The attention module, all of it: the one that the variant changes, or else the last."""
    stages = [stage for stage, role in _roles(audit).items() if role is Role.ATTENTION]
    if not stages:
        return None
    before = {stage: made.block for stage, made in audit.spec.base.model.items()} if audit.spec.base else {}
    changed = [stage for stage in stages if before.get(stage) != audit.spec.model[stage].block]
    stage = (changed or stages)[-1]
    return _lane(audit, "b", f"Attention in detail: {shortened(stage)}", [stage], lambda call: False)


def head(audit: Audit) -> Panel | None:
    """What follows the last attention or pyramid."""
    roles = _roles(audit)
    places = [place for place, role in enumerate(roles.values()) if role in (Role.ATTENTION, Role.PYRAMID)]
    stages = list(roles)[places[-1] + 1 :] if places else []
    if not stages:
        return None
    flow = audit.profile.flow

    def is_closed(call: int) -> bool:
        stage = flow.calls[call].path.partition(".")[0]
        depth = len(list(flow.around(call)))
        return depth > (_LEVEL if roles.get(stage) is Role.PROCESSING else _PARTS)

    return _lane(audit, "c", "Detection head, one level", stages, is_closed)


def _roles(audit: Audit) -> dict[str, Role]:
    return {stage: blocks()[made.block].role for stage, made in audit.spec.model.items()}


def _lane(
    audit: Audit, letter: str, title: str, stages: Sequence[str], is_closed: Callable[[int], bool]
) -> Panel | None:
    """What some stages do with the first value that reaches them; sequences of layers stay closed."""
    flow, labels = audit.profile.flow, Labels(audit.spec, audit.profile)
    inner = {call.within for call in flow.calls}
    drawn = graph(flow, lambda call: call not in inner or labels.lists(call) or is_closed(call))
    stages_of = {box.key: flow.calls[box.steps[0].call].path.partition(".")[0] for box in drawn.boxes}
    region = {key for key, stage in stages_of.items() if stage in stages}
    lane = _followed(drawn, region)
    if not lane:
        return None
    ends = _Ends(drawn, region, stages_of)
    boxes = [box for box in drawn.boxes if box.key in lane]
    labels = replace(labels, around=common(_around(flow, box) for box in boxes), width=_WIDTH, with_work=False)
    nodes = {node.name: node for node in labels.nodes(boxes)}
    read: dict[Key, set[Shape]] = {key: set() for key in lane}
    for arrow in drawn.arrows:
        read.setdefault(arrow.head, set()).update(flow.values[value] for value in arrow.values)
    edges = []
    for arrow in drawn.arrows:
        if arrow.tail in lane or arrow.head in lane:
            tail = nodes[name(arrow.tail)] if arrow.tail in lane else ends.before(arrow)
            head = nodes[name(arrow.head)] if arrow.head in lane else ends.after(arrow)
            nodes |= {tail.name: tail, head.name: head}
            is_inside = arrow.tail in lane and arrow.head in lane
            resized = [value for value in arrow.values if is_inside and flow.values[value] not in read[arrow.tail]]
            edges.append(Edge(tail.name, head.name, sizes(flow, resized)))
    return Panel(letter, title, tuple(nodes.values()), tuple(dict.fromkeys(edges)))


def _around(flow: Flow, box: Box) -> str:
    """The path of the module in whose call a box stands."""
    call = box.steps[0].call if box.closed is None else flow.calls[box.closed].within
    return "" if call is None else flow.calls[call].path


def _followed(drawn: Graph, region: Collection[Key]) -> set[Key]:
    """The boxes of a region that are reached from the first value that enters it."""
    entering = [arrow for arrow in drawn.arrows if arrow.head in region and arrow.tail not in region]
    first = min((value for arrow in entering for value in arrow.values), default=None)
    lane = {arrow.head for arrow in entering if first in arrow.values}
    for arrow in sorted(drawn.arrows, key=lambda arrow: arrow.values):
        if arrow.tail in lane and arrow.head in region:
            lane.add(arrow.head)
    return lane


@dataclass(frozen=True)
class _Ends:
    """Writes what stands at the outer ends of a lane's arrows."""

    drawn: Graph
    region: Collection[Key]
    stages: dict[Key, str]

    def before(self, arrow: Arrow) -> Node:
        """Where a value comes from."""
        if arrow.tail in self.region:
            return self._tensor("others", "other levels")
        return self._tensor(name(("from", *arrow.values)), self.stages.get(arrow.tail) or "input", arrow)

    def after(self, arrow: Arrow) -> Node:
        """Where a value goes: out of the model, or on to others."""
        side, place = arrow.head[0], arrow.head[1]
        if side == "output" and isinstance(place, int):
            return port_node(self.drawn.flow, "output", place)
        return self._tensor(name(("to", *arrow.values)), "result", arrow)

    def _tensor(self, key: str, title: str, arrow: Arrow | None = None) -> Node:
        size = sizes(self.drawn.flow, arrow.values) if arrow else ""
        lines = [Line(shortened(title), bold=True), *([Line(size)] if size else [])]
        return Node(key, Form.MODULE, Colour.TENSOR, tuple(lines), f"{title} {size}".strip())
