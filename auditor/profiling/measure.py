"""Measure a model: its parameters by inspection, its operations by one run."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import isfinite
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from auditor.profiling.facts import Buffer, Module, Parameter, Profile
from auditor.profiling.trace import Trace

T = TypeVar("T", bound=Tensor)


def profile(model: nn.Module, /, *inputs: Any, **keywords: Any) -> Profile:
    """Run the model once on the inputs, in evaluation mode, and return all that was measured.

    The model is left exactly as it was.
    """
    trace = Trace(model)
    with _evaluating(model), torch.no_grad():
        trace.run(inputs, keywords)
    return replace(
        inspect(model, trace.used),
        modules=tuple(_modules(model, trace)),
        operations=trace.operations(),
        uncounted=trace.uncounted(),
        flow=trace.flow(),
    )


def inspect(model: nn.Module, used: Container[int] = ()) -> Profile:
    """What can be measured without running the model: its parameters and buffers."""
    parameters = _by_identity(model.named_parameters(remove_duplicate=False))
    buffers = _by_identity(model.named_buffers(remove_duplicate=False))
    return Profile(
        parameters=tuple(Parameter(tuple(names), p.numel(), p.requires_grad, id(p) in used) for p, names in parameters),
        buffers=tuple(Buffer(tuple(names), b.numel()) for b, names in buffers),
        modules=(),
        operations=(),
        uncounted=(),
    )


def _modules(model: nn.Module, trace: Trace) -> Iterator[Module]:
    order = {path: place for place, path in enumerate(trace.calls)}
    numbers: dict[int, int] = {}
    for path, module in model.named_modules(remove_duplicate=False):
        yield Module(
            path,
            type(module).__name__,
            numbers.setdefault(id(module), len(numbers)),
            trace.calls[path],
            started=order.get(path),
            outputs=trace.outputs.get(path, ()),
            settings={name: value for name, value in vars(module).items() if _is_setting(name, value)},
        )


def _is_setting(name: str, value: Any) -> bool:
    if name.startswith("_") or name == "training":
        return False
    if isinstance(value, tuple):
        return all(isinstance(item, int) for item in value)
    return isinstance(value, (int, str)) or (isinstance(value, float) and isfinite(value))


def _by_identity(named: Iterable[tuple[str, T]]) -> list[tuple[T, list[str]]]:
    found: dict[int, tuple[T, list[str]]] = {}
    for name, tensor in named:
        found.setdefault(id(tensor), (tensor, []))[1].append(name)
    return list(found.values())


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode, attention step by step, a random state of its own; afterwards all is as before.

    The mode is set module by module, since a module may do more when told to change it.
    """
    training = [(module, module.training) for module in model.modules()]
    buffers = [(module, dict(module._buffers)) for module in model.modules() if module._buffers]
    values = [(buffer, buffer.clone()) for _, held in buffers for buffer in held.values() if buffer is not None]
    fused = torch.backends.mha.get_fastpath_enabled()
    try:
        for module, _ in training:
            module.training = False
        torch.backends.mha.set_fastpath_enabled(False)
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
        for module, mode in training:
            module.training = mode
        for module, held in buffers:
            module._buffers.update(held)
        for buffer, value in values:
            if not buffer.is_meta and not torch.equal(buffer, value):
                buffer.copy_(value)
