"""What the tests of the blocks share: layers written out as formulas, fed from a block's state dict."""

from __future__ import annotations

from typing import TypeVar

import torch
from hypothesis import settings
from torch import Tensor, nn
from torch.nn import functional as F

M = TypeVar("M", bound=nn.Module)
State = dict[str, Tensor]

few = settings(max_examples=25, deadline=None)
"""For properties: few examples, since each builds or runs a block."""


def count(module: nn.Module) -> int:
    """How many parameters a module has."""
    return sum(parameter.numel() for parameter in module.parameters())


def unsettled(module: M, seed: int = 0) -> tuple[M, State]:
    """The module in evaluation mode and double precision, no value of its state being special any more."""
    torch.manual_seed(seed)
    module.double().eval()
    state: State = module.state_dict()
    for name, value in state.items():
        if value.is_floating_point():
            value.copy_(torch.rand_like(value) + 0.5 if name.endswith("running_var") else torch.randn_like(value) / 2)
    return module, state


def conv(state: State, name: str, x: Tensor, *, stride: int = 1, padding: int = 0, groups: int = 1) -> Tensor:
    bias = state.get(f"{name}.bias")
    return F.conv2d(x, state[f"{name}.weight"], bias, stride=stride, padding=padding, groups=groups)


def conv_bn(state: State, name: str, x: Tensor, *, stride: int = 1, padding: int = 0, groups: int = 1) -> Tensor:
    """A convolution, then normalisation by the statistics in the state."""
    parts = ("running_mean", "running_var", "weight", "bias")
    mean, variance, scale, shift = (state[f"{name}.1.{part}"][:, None, None] for part in parts)
    convolved = conv(state, f"{name}.0", x, stride=stride, padding=padding, groups=groups)
    return (convolved - mean) / (variance + 1e-5).sqrt() * scale + shift


def noise(*shape: int) -> Tensor:
    """Random values in double precision."""
    return torch.randn(shape, dtype=torch.float64)
