"""Run a model once and note every operator, where in the module tree it ran, and what it used."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as hooks
from torch.utils._python_dispatch import TorchDispatchMode

from auditor.profiling.facts import Operation, Uncounted
from auditor.profiling.flow import Call, Flow, Port, Step
from auditor.profiling.formulas import ELEMENTWISE, FORMULAS, NO_WORK, PRODUCTS, Formula, Kind, Work
from auditor.profiling.movement import MOVEMENT
from auditor.profiling.values import Values, flat

_COMPOSITE = "CompositeImplicitAutograd"


class Trace(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """What one run did, noted while it is active."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: Counter[str] = Counter()
        self.outputs: dict[str, tuple[tuple[int, ...], ...]] = {}
        self.used: set[int] = set()
        self._model = model
        self._where = _ModulePaths(model)
        self._parameters = {id(parameter) for parameter in model.parameters()}
        self._uncounted: Counter[tuple[str, str]] = Counter()
        self._values = Values()
        self._steps: list[Step] = []
        self._ports: list[tuple[Port, ...]] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Keep torch from importing its compiler, which costs more than the run and is not needed."""
        return False

    def run(self, inputs: Sequence[Any], keywords: Mapping[str, Any]) -> None:
        """Run the model on some inputs."""
        named = _arguments(self._model, inputs, keywords)
        self._values.give(named.values())
        self._ports.append(self._named(named))
        with self._following_modules(), self:
            result = self._model(*inputs, **keywords)
        self._ports.append(self._named(result))

    @contextmanager
    def _following_modules(self) -> Iterator[None]:
        """Keep track of the running module, by hooks that no module of the user's ever sees."""

        def enter(module: nn.Module, _: Any) -> None:
            path = self._where.enter(module)
            if path is not None:
                self.calls[path] += 1

        def leave(module: nn.Module, _: Any, output: Any) -> None:
            self.outputs.setdefault(self._where.current, _output_shapes(output))
            self._where.leave()

        handles = [
            hooks.register_module_forward_pre_hook(enter),
            hooks.register_module_forward_hook(leave, always_call=True),
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        self._note_used((*args, *kwargs.values()))
        name = _without_overload(func)
        moves = name in MOVEMENT or func.is_view
        formula = FORMULAS.get(name)
        if not moves and formula is None and torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), _COMPOSITE):
            with self:  # in inference mode, operators made of others arrive whole
                return func._op_dk(torch._C.DispatchKey.CompositeImplicitAutograd, *args, **kwargs)
        if formula is None and torch.Tag.pointwise in func.tags:
            formula = ELEMENTWISE
        reads = self._values.places((*args, *kwargs.values()))
        out = func(*args, **kwargs)
        kind, work = (None, NO_WORK) if moves else self._count(name, formula, args, kwargs, out)
        self._steps.append(Step(name, self._where.call, reads, self._given(func, args, kwargs, out), kind, work))
        return out

    def flow(self) -> Flow:
        """What flowed where."""
        inputs, outputs = self._ports
        return Flow(tuple(self._where.calls), tuple(self._steps), tuple(self._values.shapes), inputs, outputs)

    def operations(self) -> tuple[Operation, ...]:
        """What was counted, by module and operator."""
        sums: dict[tuple[str, str, Kind], tuple[int, Work]] = {}
        for step in self._steps:
            if step.kind:
                key = (self._where.calls[step.call].path, step.operator, step.kind)
                calls, work = sums.get(key, (0, NO_WORK))
                sums[key] = (calls + 1, work + step.work)
        return tuple(Operation(*key, *entry) for key, entry in sums.items())

    def uncounted(self) -> tuple[Uncounted, ...]:
        return tuple(Uncounted(path, name, calls) for (path, name), calls in self._uncounted.items())

    def _named(self, values: Any) -> tuple[Port, ...]:
        return tuple(Port(name, place) for name, value in _leaves(values) for place in self._values.places([value]))

    def _note_used(self, args: Any) -> None:
        self.used.update(id(value) for value in flat(args) if id(value) in self._parameters)

    def _given(self, func: Any, args: Any, kwargs: Any, out: Any) -> tuple[int, ...]:
        if not func._schema.is_mutable:
            return self._values.give([out], viewed=args[0] if func.is_view else None)
        targets = list(_written_to(func, args, kwargs))
        changed = self._values.written(targets)
        return (*self._values.give([targets if out is None else out]), *self._values.give(changed))

    def _count(self, name: str, formula: Formula | None, args: Any, kwargs: Any, out: Any) -> tuple[Kind | None, Work]:
        if not _is_floating(args, out) and (formula.kind not in PRODUCTS if formula else name.startswith("aten.")):
            return None, NO_WORK  # index arithmetic
        if formula is None:
            self._uncounted[self._where.current, name] += 1
            return None, NO_WORK
        shapes = _shapes({key: value for key, value in kwargs.items() if key != "out"})
        work = formula.work(*_shapes(args), out=_first_shape(out), **shapes)
        return (formula.kind, work) if work != NO_WORK else (None, NO_WORK)  # such as indexing that adds nothing up


class _ModulePaths:
    """The path of the running module, found from its caller, since one module can have many paths."""

    def __init__(self, model: nn.Module) -> None:
        self._paths: dict[int, list[str]] = {}
        for path, module in model.named_modules(remove_duplicate=False):
            self._paths.setdefault(id(module), []).append(path)
        self.calls = [Call("", None)]
        self._nearest: dict[tuple[int, str], str | None] = {}
        self._stack: list[int] = []

    @property
    def call(self) -> int:
        """The running call."""
        return self._stack[-1] if self._stack else 0

    @property
    def current(self) -> str:
        return self.calls[self.call].path

    def enter(self, module: nn.Module) -> str | None:
        """Note that a module starts; its path is the nearest below its caller, None if it is foreign."""
        key = (id(module), self.current)
        if key not in self._nearest:
            self._nearest[key] = self._nearest_to(*key)
        path = self._nearest[key]
        self._stack.append(self.call if path is None else self._started(path))
        return path

    def leave(self) -> None:
        self._stack.pop()

    def _nearest_to(self, module: int, caller: str) -> str | None:
        paths = self._paths.get(module, [])
        below = f"{caller}." if caller else ""
        nearby = [path for path in paths if path.startswith(below)]
        return min(nearby or paths, key=lambda path: path.count("."), default=None)

    def _started(self, path: str) -> int:
        if not self._stack and not path:
            return 0
        self.calls.append(Call(path, self.call))
        return len(self.calls) - 1


def _without_overload(func: Any) -> str:
    """The operator's name, such as `aten.add`, for its in-place form, too."""
    name = str(func.overloadpacket)
    return name if name.endswith("__") else name.removesuffix("_")


def _written_to(func: Any, args: Any, kwargs: Any) -> Iterator[Any]:
    """The arguments that an operator writes to, by its schema."""
    for place, argument in enumerate(func._schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            yield kwargs[argument.name] if argument.name in kwargs else args[place] if place < len(args) else None


def _is_floating(args: Any, out: Any) -> bool:
    """Whether floating-point values take part."""
    tensors = [value for value in flat((out, args)) if isinstance(value, Tensor)]
    return any(value.is_floating_point() or value.is_complex() for value in tensors)


def _shapes(values: Any) -> Any:
    if isinstance(values, Tensor):
        return tuple(values.shape)
    if isinstance(values, dict):
        return {key: _shapes(value) for key, value in values.items()}
    if isinstance(values, (list, tuple)):
        return [_shapes(value) for value in values]
    return values


def _arguments(model: nn.Module, inputs: Sequence[Any], keywords: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a model is given, by name where its signature tells names."""
    try:
        named = inspect.signature(model.forward).bind_partial(*inputs).arguments
    except (TypeError, ValueError):
        named = {"input": inputs}
    return {**named, **keywords}


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """What nested values hold, each with its way there: `scores`, `1.mask`, or nothing for a value alone."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, Mapping):
        parts: Iterable[tuple[Any, Any]] = value.items()
    elif isinstance(value, (list, tuple)):
        parts = enumerate(value)
    else:
        yield name, value
        return
    for key, part in parts:
        yield from _leaves(part, f"{name}.{key}" if name else str(key))


def _output_shapes(output: Any) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(value.shape) for value in flat([output]) if isinstance(value, Tensor))


def _first_shape(out: Any) -> tuple[int, ...]:
    while isinstance(out, (list, tuple)):
        out = out[0]
    return tuple(out.shape) if isinstance(out, Tensor) else ()
