"""Run a model once and note every operator, where in the module tree it ran, and what it used."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as hooks
from torch.utils._python_dispatch import TorchDispatchMode

from auditor.profiling.facts import Operation, Uncounted
from auditor.profiling.flow import Flow, Port, Step
from auditor.profiling.formulas import FORMULAS, NO_WORK, PRODUCTS, Kind, Work
from auditor.profiling.operators import HOMES, Operator, operator
from auditor.profiling.paths import ModulePaths
from auditor.profiling.values import Values, tensors_in
from auditor.standins import standing_in

CarryOut = Callable[[Any, Any, Any, list[Tensor]], Any]
"""How an operator is done with its arguments, by place and by name, and the tensors in these: really or not."""


def really(func: Any, args: Any, kwargs: Any, _: list[Tensor]) -> Any:
    """Do what an operator does."""
    return func(*args, **kwargs)


class Trace(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """What one run did, noted while it is active."""

    def __init__(self, model: nn.Module, modules: Iterable[tuple[str, nn.Module]], carry_out: CarryOut) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: Counter[str] = Counter()
        self.outputs: dict[str, tuple[tuple[int, ...], ...]] = {}
        self.used: set[int] = set()
        self._model = model
        self._carry_out = carry_out
        self._where = ModulePaths(modules)
        self._parameters = {id(parameter) for parameter in model.parameters()}
        self._uncounted: Counter[tuple[str, str]] = Counter()
        self._values = Values()
        self._steps: list[Step] = []
        self._ports: list[tuple[Port, ...]] = []
        self._is_inside = False

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Keep torch from importing its compiler, which costs more than the run and is not needed."""
        return False

    def run(self, inputs: Sequence[Any], keywords: Mapping[str, Any]) -> None:
        """Run the model on some inputs."""
        named = _arguments(self._model, inputs, keywords)
        self._values.give(tensors_in(*named.values()))
        self._ports.append(self._named(named))
        with self._following_modules(), standing_in(HOMES, self._taking), self:
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
            path = self._where.current
            if path not in self.outputs:
                self.outputs[path] = tuple(tuple(value.shape) for value in tensors_in(output))
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
        if self._is_inside:
            return self._carry_out(func, args, kwargs, tensors_in(args, kwargs))
        known = operator(func)
        if known.is_made_of_others and not known.moves and known.name not in FORMULAS:
            with self:  # in inference mode, operators made of others arrive whole
                return func._op_dk(torch._C.DispatchKey.CompositeImplicitAutograd, *args, **kwargs)
        return self._noted(known, func, args, kwargs)

    def _taking(self, func: Any) -> Any:
        """A function that is taken whole: of what goes on inside, nothing is noted."""

        def taken(*args: Any, **kwargs: Any) -> Any:
            self._is_inside = True
            try:
                return self._noted(operator(func), func, args, kwargs)
            finally:
                self._is_inside = False

        return taken

    def _noted(self, known: Operator, func: Any, args: Any, kwargs: Any) -> Any:
        given = tensors_in(*args, *kwargs.values())
        self.used.update([place for tensor in given if (place := id(tensor)) in self._parameters])
        reads = self._values.places(given)
        out = self._carry_out(func, args, kwargs, given)
        made = tensors_in(out)
        kind, work = self._count(known, args, kwargs, given, made)
        gives = self._given(known, args, kwargs, made)
        self._steps.append(Step(known.name, self._where.call, reads, gives, kind, work))
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
        return tuple(
            Port(name, place)
            for name, value in _leaves(values)
            if isinstance(value, Tensor)
            for place in self._values.places([value])
        )

    def _given(self, known: Operator, args: Any, kwargs: Any, made: list[Tensor]) -> tuple[int, ...]:
        if not known.writes:
            return self._values.give(made, viewed=args[0] if known.is_view else None)
        targets = tensors_in(*known.written(args, kwargs))
        changed = self._values.written(targets)
        return (*self._values.give(made or targets), *self._values.give(changed))

    def _count(
        self, known: Operator, args: Any, kwargs: Any, given: list[Tensor], made: list[Tensor]
    ) -> tuple[Kind | None, Work]:
        if known.moves or not (made or given):
            return None, NO_WORK  # what only moves, and marks for a profiler
        formula = known.formula
        needs_floats = formula.kind not in PRODUCTS if formula else known.name.startswith("aten.")
        if needs_floats and not (_is_floating(made) or _is_floating(given)):
            return None, NO_WORK  # index arithmetic
        if formula is None:
            self._uncounted[self._where.current, known.name] += 1
            return None, NO_WORK
        named = {name: _shapes(value) for name, value in kwargs.items() if name != "out"}
        out = tuple(made[0].shape) if made else ()
        work = formula.work(*[_shapes(value) for value in args], out=out, **named)
        return (formula.kind, work) if work != NO_WORK else (None, NO_WORK)  # such as indexing that adds nothing up


def _is_floating(tensors: Iterable[Tensor]) -> bool:
    """Whether there are floating-point values."""
    return any(tensor.is_floating_point() or tensor.is_complex() for tensor in tensors)


def _shapes(value: Any) -> Any:
    """The value, with each tensor in it replaced by its shape."""
    if isinstance(value, Tensor):
        return tuple(value.shape)
    if isinstance(value, (list, tuple)):
        return [_shapes(item) for item in value]
    return value


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
