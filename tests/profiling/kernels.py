"""Kernels of other devices than the one at hand: what their formulas make of shapes, and what runs measure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from specimens import Does, profile_function
from torch import Tensor, nn

from auditor import profile
from auditor.profiling import Profile
from auditor.profiling.formulas import FORMULAS, Work

Shape = tuple[int, ...]


def work_of(operator: str, *arguments: Any, out: Shape, **named: Any) -> Work:
    """What an operator's formula makes of shapes."""
    return FORMULAS[operator].work(*arguments, out=out, **named)


def on_meta(function: Callable[..., Any], *inputs: Any) -> Profile:
    """Measure a function or module where no device's own kernels are taken."""
    model = function if isinstance(function, nn.Module) else Does(lambda _, *values: function(*values))
    with torch.device("meta"):
        return profile(model.to("meta"), *(x.to("meta") if isinstance(x, Tensor) else x for x in inputs))


def other(function: Callable[..., Any], *shapes: Shape) -> int:
    """The arithmetic of a function without multiply-accumulates, all of which must have a formula."""
    measured = profile_function(function, *shapes)
    assert not measured.uncounted
    assert measured.total.macs == 0
    assert on_meta(function, *(torch.randn(shape) for shape in shapes)).total == measured.total
    return measured.total.flops
