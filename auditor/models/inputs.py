"""The tensors that a spec's model is run on."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from auditor.errors import SpecError, hint
from auditor.spec.inputs import Input, Tensor


def arguments(model: nn.Module, given: Input) -> tuple[list[Any], dict[str, Any]]:
    """What the model is called with, by place and by name; the same values each time."""
    random = torch.Generator().manual_seed(0)
    if isinstance(given.parts, Mapping):
        _check_names(model, given.parts)
        return [], {name: _values(part, random) for name, part in given.parts.items()}
    parts = (given,) if isinstance(given.parts, Tensor) else given.parts
    return [_values(part, random) for part in parts], {}


def _values(given: Input, random: torch.Generator) -> Any:
    if isinstance(given.parts, Tensor):
        return _filled(given.parts, random)
    if isinstance(given.parts, Mapping):
        return {name: _values(part, random) for name, part in given.parts.items()}
    return [_values(part, random) for part in given.parts]


def _filled(tensor: Tensor, random: torch.Generator) -> torch.Tensor:
    shape = (1, *tensor.shape) if tensor.batch else tensor.shape
    dtype = getattr(torch, tensor.dtype)
    if tensor.high is None:
        return torch.zeros(shape, dtype=dtype)
    return torch.randint(tensor.high, shape, dtype=dtype, generator=random)


_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def _check_names(model: nn.Module, given: Mapping[str, Input]) -> None:
    try:
        found = inspect.signature(model.forward).parameters.values()
    except (TypeError, ValueError):
        return
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in found):
        return
    known = [parameter.name for parameter in found if parameter.kind in _NAMED]
    for name, part in given.items():
        if name not in known:
            raise SpecError(part.mark, f"the model takes no input '{name}'" + hint(name, known, "inputs"))
