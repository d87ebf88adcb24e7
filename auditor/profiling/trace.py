"""Run a model once and note every operator, where in the module tree it ran, and what it used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as hooks
from torch.utils._python_dispatch import TorchDispatchMode

from auditor.profiling.facts import Operation, Uncounted
from auditor.profiling.formulas import ELEMENTWISE, FORMULAS, PRODUCTS, Formula, Kind, Work
from auditor.profiling.movement import MOVEMENT

_COMPOSITE = "CompositeImplicitAutograd"


class Trace(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """What one run did, noted while it is active."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: Counter[str] = Counter()
        self.outputs: dict[str, tuple[tuple[int, ...], ...]] = {}
        self.used: set[int] = set()
        self._where = _ModulePaths(model)
        self._parameters = {id(parameter) for parameter in model.parameters()}
        self._counted: dict[tuple[str, str], tuple[Kind, int, Work]] = {}
        self._uncounted: Counter[tuple[str, str]] = Counter()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Keep torch from importing its compiler, which costs more than the run and is not needed."""
        return False

    @contextmanager
    def following_modules(self) -> Iterator[None]:
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
        formula = FORMULAS.get(name) or (ELEMENTWISE if torch.Tag.pointwise in func.tags else None)
        if not moves and formula is None and torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), _COMPOSITE):
            with self:  # in inference mode, operators made of others arrive whole
                return func._op_dk(torch._C.DispatchKey.CompositeImplicitAutograd, *args, **kwargs)
        out = func(*args, **kwargs)
        if not moves:
            self._note_work(name, formula, args, kwargs, out)
        return out

    def operations(self) -> tuple[Operation, ...]:
        return tuple(Operation(path, name, *entry) for (path, name), entry in self._counted.items())

    def uncounted(self) -> tuple[Uncounted, ...]:
        return tuple(Uncounted(path, name, calls) for (path, name), calls in self._uncounted.items())

    def _note_used(self, args: Any) -> None:
        self.used.update(id(value) for value in _flat(args) if id(value) in self._parameters)

    def _note_work(self, name: str, formula: Formula | None, args: Any, kwargs: Any, out: Any) -> None:
        where = (self._where.current, name)
        if not _is_floating(args, out) and (formula.kind not in PRODUCTS if formula else name.startswith("aten.")):
            return  # index arithmetic
        if formula is None:
            self._uncounted[where] += 1
            return
        shapes = _shapes({key: value for key, value in kwargs.items() if key != "out"})
        work = formula.work(*_shapes(args), out=_first_shape(out), **shapes)
        _, calls, before = self._counted.get(where, (formula.kind, 0, Work()))
        self._counted[where] = (formula.kind, calls + 1, before + work)


class _ModulePaths:
    """The path of the running module, found from its caller, since one module can have many paths."""

    def __init__(self, model: nn.Module) -> None:
        self._paths: dict[int, list[str]] = {}
        for path, module in model.named_modules(remove_duplicate=False):
            self._paths.setdefault(id(module), []).append(path)
        self._stack: list[str] = []

    @property
    def current(self) -> str:
        return self._stack[-1] if self._stack else ""

    def enter(self, module: nn.Module) -> str | None:
        """Note that a module starts; its path is the nearest below its caller, None if it is foreign."""
        paths = self._paths.get(id(module))
        below = self.current + "." if self.current else ""
        nearby = [path for path in paths or () if path.startswith(below)]
        self._stack.append(min(nearby or paths or [self.current], key=lambda path: path.count(".")))
        return self.current if paths else None

    def leave(self) -> None:
        self._stack.pop()


def _without_overload(func: Any) -> str:
    """The operator's name, such as `aten.add`, for its in-place form, too."""
    name = str(func.overloadpacket)
    return name if name.endswith("__") else name.removesuffix("_")


def _is_floating(args: Any, out: Any) -> bool:
    """Whether floating-point values take part."""
    tensors = [value for value in _flat((out, args)) if isinstance(value, Tensor)]
    return any(value.is_floating_point() or value.is_complex() for value in tensors)


def _flat(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _flat(value)
        else:
            yield value


def _shapes(values: Any) -> Any:
    if isinstance(values, Tensor):
        return tuple(values.shape)
    if isinstance(values, dict):
        return {key: _shapes(value) for key, value in values.items()}
    if isinstance(values, (list, tuple)):
        return [_shapes(value) for value in values]
    return values


def _output_shapes(output: Any) -> tuple[tuple[int, ...], ...]:
    values = output.values() if isinstance(output, dict) else output if isinstance(output, (list, tuple)) else [output]
    return tuple(tuple(value.shape) for value in _flat(values) if isinstance(value, Tensor))


def _first_shape(out: Any) -> tuple[int, ...]:
    while isinstance(out, (list, tuple)):
        out = out[0]
    return tuple(out.shape) if isinstance(out, Tensor) else ()
