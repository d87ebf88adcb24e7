"""What is written in the boxes: names, kinds, sizes and work, as measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby, takewhile

from auditor.models import blocks
from auditor.models.registry import Role
from auditor.profiling import Profile
from auditor.profiling.facts import Module
from auditor.profiling.flow import Flow
from auditor.profiling.formulas import Kind, Work
from auditor.render.diagram.graph import Box
from auditor.render.diagram.panel import Line, Node
from auditor.render.diagram.style import COLOURS, Form, operator_form, operator_name
from auditor.render.figures import brief, count
from auditor.render.page import printable
from auditor.spec import Spec

_LONGEST = 30
"""Characters that fit on a line of a box."""


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

    def node(self, box: Box) -> Node:
        """A box as it is drawn."""
        return self._operation(box) if box.closed is None else self._module(box, box.closed)

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
        first = paths[0] or self.spec.name
        return f"{first} … {paths[-1].rpartition('.')[2]}  ×{len(paths)}" if len(paths) > 1 else first

    def lists(self, call: int) -> bool:
        """Whether a call is a plain sequence of layers, which one box can list."""
        path = self.profile.flow.calls[call].path
        inner = self._children.get(path, ())
        return self._type(path) == "Sequential" and all(module.path not in self._parents for module in inner)

    def _module(self, box: Box, call: int) -> Node:
        paths = self.paths(box)
        times = len(self.repeated.get(call, (call,)))
        did = sum((step.work for step in box.steps), Work())
        macs = did.macs * times
        params = self.profile.under(paths).params
        path = self.profile.flow.calls[call].path
        kinds = self._kinds(common(paths) if box.is_part else path)
        shared = ", shared" if box.is_part and common(paths) == path else ""
        size = [f"{count(params)} params{shared}"] if params else []
        size += [f"{brief(macs)} MACs"] if macs and self.with_work else []
        title, form = self.title(box), self._form(box, path)
        names = self._broken(shortened(title.removeprefix(f"{self.around}."))) if form is Form.MODULE else ()
        lines = [Line(part, bold=True) for part in names] + [Line(shortened(part)) for part in self._wrapped(kinds)]
        tip = [
            title,
            ", ".join(kinds),
            f"{count(params)} parameters",
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


def described(module: Module) -> str:
    """A module's class with what matters of its settings, on a line or two: Conv2d 3×3, 16→32, stride 2."""
    settings = module.settings
    kernel, stride = (_sizes(module, name) for name in ("kernel_size", "stride"))
    words = [" ".join([module.type, *(["×".join(map(str, kernel))] if kernel else [])])]
    for given, made in (("in_channels", "out_channels"), ("in_features", "out_features")):
        if given in settings and made in settings:
            words.append(f"{settings[given]}→{settings[made]}")
    if set(stride) - {1} and stride != kernel:
        words.append(f"stride {'×'.join(map(str, dict.fromkeys(stride)))}")
    if settings.get("groups", 1) != 1 and "in_channels" in settings:
        words.append(f"{settings['groups']} groups")
    return ", ".join(words)


def _sizes(module: Module, name: str) -> tuple[int, ...]:
    """A setting for each dimension; a single one stands for all."""
    found = module.settings.get(name, ())
    dimensions = int(module.type[-2]) if module.type[-2:] in ("1d", "2d", "3d") else 1
    return found if isinstance(found, tuple) else (int(found),) * dimensions


def sizes(flow: Flow, values: Iterable[int]) -> str:
    """The shapes of values without their batch of one, each on a line: 64×80×80."""
    shapes = (flow.values[value] for value in values)
    return "\n".join(
        dict.fromkeys("×".join(map(str, shape[1:] if len(shape) > 1 and shape[0] == 1 else shape)) for shape in shapes)
    )


def shortened(text: str, longest: int = _LONGEST) -> str:
    """A text that fits, without what cannot be printed; the middle of a long one is left out."""
    flat = " ".join(printable(text).split())
    half = (longest - 1) // 2
    return flat if len(flat) <= longest else f"{flat[:half]}…{flat[-half:]}"


def _above(path: str) -> Iterator[str]:
    while path:
        path = path.rpartition(".")[0]
        yield path


def _name(box: Box) -> str:
    return "_".join(map(str, box.key))


def common(paths: Iterable[str]) -> str:
    """The innermost module that all paths lie in or are."""
    first, *others = (path.split(".") for path in paths)
    same = takewhile(lambda steps: len(set(steps)) == 1, zip(first, *others, strict=False))
    return ".".join(steps[0] for steps in same)
