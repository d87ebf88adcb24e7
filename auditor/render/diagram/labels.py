"""What is written in the boxes: names, kinds, sizes and work, as measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

from auditor.models import blocks
from auditor.models.registry import Role
from auditor.profiling import Profile
from auditor.profiling.facts import Module
from auditor.profiling.formulas import Kind, Work
from auditor.render.diagram.graph import Box
from auditor.render.diagram.panel import Line, Node
from auditor.render.diagram.style import COLOURS, Form, operator_form, operator_name
from auditor.render.diagram.words import common, described, several, shortened
from auditor.render.figures import brief, count
from auditor.spec import Spec


@dataclass(frozen=True)
class Labels:
    """Writes the boxes of one model's diagram.

    `repeated` are the calls that some stand for, `around` is the module whose path goes without
    saying, `width` the number of characters at which lines are broken.
    """

    spec: Spec
    profile: Profile
    repeated: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    around: str = ""
    width: int = 16
    with_work: bool = True

    def nodes(self, boxes: Iterable[Box]) -> Iterator[Node]:
        """The boxes as they are drawn; weights are counted where they are first at work."""
        seen: set[str] = set()
        for box in boxes:
            if box.closed is None:
                yield self._operation(box)
            else:
                paths = set(self.paths(box))
                yield self._module(box, box.closed, again=paths <= seen)
                seen |= paths

    def paths(self, box: Box) -> tuple[str, ...]:
        """The paths of the modules that a box shows."""
        flow = self.profile.flow
        if box.closed is None:
            return (flow.calls[box.steps[0].call].path,)
        if not box.is_part:
            return tuple(flow.calls[call].path for call in self.repeated.get(box.closed, (box.closed,)))
        inside = tuple(dict.fromkeys(flow.calls[step.call].path for step in box.steps))
        own = flow.calls[box.closed].path
        below = tuple(path for path in inside if path != own)
        return (shared,) if (shared := common(inside)) != own else below or (own,)

    def title(self, box: Box) -> str:
        """The module's path, of several that of the first and the end of the last."""
        paths = self.paths(box)
        assert box.closed is not None
        if box.is_part:
            return common(paths)
        return several([path or self.spec.name for path in paths])

    def lists(self, call: int) -> bool:
        """Whether a call is a plain sequence of layers, which one box can list."""
        path = self.profile.flow.calls[call].path
        inner = self._children.get(path, ())
        return self._type(path) == "Sequential" and all(module.path not in self._parents for module in inner)

    def _module(self, box: Box, call: int, again: bool) -> Node:
        paths = self.paths(box)
        times = len(self.repeated.get(call, (call,)))
        did = sum((step.work for step in box.steps), Work())
        macs = did.macs * times
        params = self.profile.under(paths).params
        path = self.profile.flow.calls[call].path
        kinds = self._kinds(common(paths) if box.is_part else path)
        size = ["same weights" if again else f"{count(params)} params"] if params else []
        size += [f"{brief(macs)} MACs"] if macs and self.with_work else []
        title, form = self.title(box), self._form(box, path)
        names = self._broken(shortened(title.removeprefix(f"{self.around}."))) if form is Form.MODULE else ()
        if form is not Form.MODULE and times > 1:
            kinds = [f"{kind} ×{times}" for kind in kinds]
        lines = [Line(part, bold=True) for part in names] + [Line(shortened(part)) for part in self._wrapped(kinds)]
        tip = [
            title,
            ", ".join(kinds),
            "the same weights as before" if again and params else f"{count(params)} parameters",
            f"{count(macs)} MACs, {count(did.flops * times)} FLOPs",
        ]
        return Node(
            name=_name(box),
            form=form,
            colour=COLOURS[self._role(path)],
            lines=(*lines, *map(Line, size)),
            tip="\n".join(tip),
        )

    def _broken(self, title: str) -> Iterator[str]:
        """A path on two lines where it would make a box wide."""
        before, dot, last = title.rpartition(".")
        yield from [before, dot + last] if dot and len(title) > self.width else [title]

    def _wrapped(self, kinds: Iterable[str]) -> Iterator[str]:
        """Descriptions in lines that break only after a comma."""
        line = ""
        for part in ", ".join(kinds).split(", "):
            if line and len(line) + len(part) > self.width:
                yield f"{line},"
                line = part
            else:
                line = f"{line}, {part}" if line else part
        yield from [line] if line else []

    def _operation(self, box: Box) -> Node:
        (step,) = box.steps
        path = self.profile.flow.calls[step.call].path
        name = operator_name(step.operator)
        work = f"{count(step.work.macs)} MACs, {count(step.work.flops)} FLOPs"
        tip = f"{step.operator} in {path or self.spec.name}\n{work}"
        role = Role.ATTENTION if step.kind is Kind.ATTENTION else self._role(path)
        return Node(_name(box), operator_form(step), COLOURS[role], (Line(name),), tip)

    def _form(self, box: Box, path: str) -> Form:
        """That of its operator, for a layer that is nothing but one."""
        is_operator = path not in self._parents and len(box.steps) == 1 and not self.profile.under([path]).params
        return operator_form(box.steps[0]) if is_operator else Form.MODULE

    def _kinds(self, path: str) -> list[str]:
        """The class of a module with its settings, or those of the layers in a sequence."""
        kind = self._type(path)
        if kind != "Sequential":
            return [described(self._modules[path])] if path in self._modules else []
        layers = groupby(described(module) for module in self._children.get(path, ()))
        return [f"{kind} ×{times}" if (times := len(list(alike))) > 1 else kind for kind, alike in layers]

    def _role(self, path: str) -> Role:
        """A layer inside a stage is processing, whatever the stage is for; all else has the stage's role."""
        if self._type(path) == "MultiheadAttention":
            return Role.ATTENTION
        stage = self.spec.model.get(path.partition(".")[0])
        is_layer = path not in self._parents or self._type(path) == "Sequential"
        if stage is None or ("." in path and is_layer and self.profile.under([path]).params):
            return Role.PROCESSING
        return blocks()[stage.block].role

    def _type(self, path: str) -> str:
        return self._modules[path].type if path in self._modules else ""

    @cached_property
    def _modules(self) -> dict[str, Module]:
        return {module.path: module for module in self.profile.modules}

    @cached_property
    def _parents(self) -> frozenset[str]:
        """The paths that modules lie below which were at work."""
        return frozenset(around for path in self._modules for around in _above(path) if self._modules[path].calls)

    @cached_property
    def _children(self) -> dict[str, list[Module]]:
        found: dict[str, list[Module]] = {}
        for module in self.profile.modules:
            if module.path and module.calls:
                found.setdefault(module.path.rpartition(".")[0], []).append(module)
        return found


def _above(path: str) -> Iterator[str]:
    while path:
        path = path.rpartition(".")[0]
        yield path


def _name(box: Box) -> str:
    return "_".join(map(str, box.key))
