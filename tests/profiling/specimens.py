"""Small models to measure, and the counter that comes with PyTorch to measure them a second time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from hypothesis import settings
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from auditor import profile
from auditor.profiling import Profile

several = settings(max_examples=30, deadline=None)
"""For tests of random models: the first run of an operation can take long, and many runs do."""


class Does(nn.Module):
    """A module that does what a function says with its members and inputs."""

    def __init__(self, function: Callable[..., Any], **members: Any) -> None:
        super().__init__()
        self.function = function
        for name, member in members.items():
            setattr(self, name, member)

    def forward(self, *inputs: Any, **keywords: Any) -> Any:
        return self.function(self, *inputs, **keywords)


def profile_function(function: Callable[..., Any], *shapes: tuple[int, ...]) -> Profile:
    """Measure one function or module of random tensors."""
    return profile(
        Does(lambda self, *inputs: self.does(*inputs), does=function), *(torch.randn(shape) for shape in shapes)
    )


def macs_by_torch(model: nn.Module, *inputs: Tensor) -> int:
    """What PyTorch's own counter finds; it counts every multiply-accumulate as two operations."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model.eval()(*inputs)
    return int(counter.get_total_flops()) // 2


def small_net() -> nn.Sequential:
    """A convolutional classifier of 3×12×12 images, with a depthwise step and batch norms."""
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU()),
        nn.Sequential(nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.Conv2d(8, 6, 1), nn.BatchNorm2d(6), nn.ReLU()),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(54, 5),
    )
