"""Measure a model: its parameters by inspection, its operations by one run."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from math import isfinite
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from auditor.errors import first_line
from auditor.profiling.facts import Buffer, Module, Parameter, Profile
from auditor.profiling.outlines import Outlining, casting_as_on_cpu, outlined
from auditor.profiling.state import evaluating
from auditor.profiling.trace import CarryOut, Trace, really
from auditor.profiling.values import tensors_in

T = TypeVar("T", bound=Tensor)

Modules = Sequence[tuple[str, nn.Module]]
"""All modules of a model, by each of their paths."""


def profile(model: nn.Module, /, *inputs: Any, **keywords: Any) -> Profile:
    """Run the model once on the inputs, in evaluation mode, and return all that was measured.

    It runs on outlines, which take no memory and no arithmetic; a model that does by values what
    it does runs on values. It is left exactly as it was.
    """
    try:
        with casting_as_on_cpu():
            places, names = outlined((inputs, keywords))
            return _traced(model, places, names, Outlining().carry_out)
    except Exception as error:
        if any(tensor.is_meta for tensor in (*model.parameters(), *model.buffers(), *tensors_in(inputs, keywords))):
            raise
        reason = first_line(error)
    measured = _traced(model, inputs, keywords, really)
    return replace(measured, remarks=(f"it was run on values, since it could not do without ({reason})",))


def _traced(model: nn.Module, inputs: Sequence[Any], keywords: Mapping[str, Any], carry_out: CarryOut) -> Profile:
    modules = list(model.named_modules(remove_duplicate=False))
    trace = Trace(model, modules, carry_out)
    with evaluating(model), torch.no_grad(), _uncompiled():
        trace.run(inputs, keywords)
    return replace(
        _inspected(modules, trace.used),
        modules=tuple(_modules(modules, trace)),
        operations=trace.operations(),
        uncounted=trace.uncounted(),
        flow=trace.flow(),
    )


@contextmanager
def _uncompiled() -> Iterator[None]:
    """Have compiled modules run as they are written, for the compiler would compile the measuring, too."""
    if "torch._dynamo" not in sys.modules:
        yield
        return
    with torch.compiler.set_stance("force_eager"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*there are global hooks on modules")  # they are the trace's own
        yield


def inspect(model: nn.Module) -> Profile:
    """What can be measured without running the model: its parameters and buffers."""
    return _inspected(list(model.named_modules(remove_duplicate=False)), ())


def _inspected(modules: Modules, used: Container[int]) -> Profile:
    parameters = _by_identity(_held(path, module._parameters) for path, module in modules)
    buffers = _by_identity(_held(path, module._buffers) for path, module in modules)
    return Profile(
        parameters=tuple(Parameter(tuple(names), p.numel(), p.requires_grad, id(p) in used) for p, names in parameters),
        buffers=tuple(Buffer(tuple(names), b.numel()) for b, names in buffers),
        modules=(),
        operations=(),
        uncounted=(),
    )


def _held(path: str, named: Mapping[str, T | None]) -> Iterator[tuple[str, T]]:
    """What a module holds itself, by the names that lead to it."""
    return ((f"{path}.{name}" if path else name, held) for name, held in named.items() if held is not None)


def _modules(modules: Modules, trace: Trace) -> Iterator[Module]:
    order = {path: place for place, path in enumerate(trace.calls)}
    numbers: dict[int, int] = {}
    for path, module in modules:
        yield Module(
            path,
            type(module).__name__,
            numbers.setdefault(id(module), len(numbers)),
            trace.calls[path],
            started=order.get(path),
            outputs=trace.outputs.get(path, ()),
            settings={
                name: value for name, value in vars(module).items() if name[0] != "_" and _is_setting(name, value)
            },
        )


def _is_setting(name: str, value: Any) -> bool:
    if name == "training":
        return False
    if isinstance(value, tuple):
        return all(isinstance(item, int) for item in value)
    return isinstance(value, (int, str)) or (isinstance(value, float) and isfinite(value))


def _by_identity(named: Iterable[Iterable[tuple[str, T]]]) -> list[tuple[T, list[str]]]:
    found: dict[int, tuple[T, list[str]]] = {}
    for name, tensor in chain.from_iterable(named):
        found.setdefault(id(tensor), (tensor, []))[1].append(name)
    return list(found.values())
