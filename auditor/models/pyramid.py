"""Feature pyramids: information passed between the levels, in both directions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from auditor.models.layers import conv_bn
from auditor.models.registry import Role, block

_EPSILON = 1e-4


class Fusion(nn.Module):
    """Fast normalised fusion: a weighted mean of the inputs with learned weights of at least 0."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.ones(inputs))

    def forward(self, inputs: list[Tensor]) -> Tensor:
        weights = F.relu(self.weights)
        weights = weights / (weights.sum() + _EPSILON)
        first, *others = (weight * x_BCHW for weight, x_BCHW in zip(weights.unbind(), inputs, strict=True))
        for other in others:
            first = first + other
        return first


class Node(nn.Module):
    """A node of the pyramid: fusion, swish, and a separable 3×3 convolution."""

    def __init__(self, channels: int, inputs: int) -> None:
        super().__init__()
        self.fusion = Fusion(inputs)
        self.depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.pointwise = conv_bn(channels, channels, kernel=1, bias=True)

    def forward(self, *inputs: Tensor) -> Tensor:
        fused_BCHW = F.silu(self.fusion(list(inputs)))
        out_BCHW: Tensor = self.pointwise(self.depthwise(fused_BCHW))
        return out_BCHW


class Repetition(nn.Module):
    """One pass over three levels, down from the coarsest and up again.

    The upward path takes its own copy of the inputs of the two coarser levels, so that the first
    repetition can reduce them to the pyramid's width a second time.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.down_middle = Node(channels, 2)
        self.down_fine = Node(channels, 2)
        self.up_middle = Node(channels, 3)
        self.up_coarse = Node(channels, 3)

    def forward(self, fine: Tensor, middle: tuple[Tensor, Tensor], coarse: tuple[Tensor, Tensor]) -> list[Tensor]:
        down = self.down_middle(middle[0], _enlarged(coarse[0], middle[0]))
        fine = self.down_fine(fine, _enlarged(down, fine))
        up = self.up_middle(middle[1], down, _shrunk(fine))
        top = self.up_coarse(coarse[1], coarse[0], _shrunk(up))
        return [fine, up, top]


def _enlarged(x_BCHW: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x_BCHW, size=like.shape[2:], mode="nearest")


def _shrunk(x_BCHW: Tensor) -> Tensor:
    return F.max_pool2d(x_BCHW, 3, stride=2, padding=1)


class Pyramid(nn.Module):
    """Three levels brought to one width by `reducer`, then passed `repeats` times down and up."""

    def __init__(
        self, inputs: tuple[int, ...], channels: int, repeats: int, reducer: Callable[[int, int], nn.Module]
    ) -> None:
        super().__init__()
        if len(inputs) != 3:
            raise ValueError(f"the pyramid needs three levels, not {len(inputs)}")
        if repeats < 1:
            raise ValueError(f"repeats must be at least 1, not {repeats}")
        self.reducers = nn.ModuleList(reducer(width, channels) for width in inputs)
        self.second_reducers = nn.ModuleList(reducer(width, channels) for width in inputs[1:])
        self.repetitions = nn.ModuleList(Repetition(channels) for _ in range(repeats))
        self.out_channels = (channels,) * 3

    def forward(self, levels: list[Tensor]) -> list[Tensor]:
        fine, middle, coarse = (reduce(x_BCHW) for reduce, x_BCHW in zip(self.reducers, levels, strict=True))
        second = [reduce(x_BCHW) for reduce, x_BCHW in zip(self.second_reducers, levels[1:], strict=True)]
        for repetition in self.repetitions:
            fine, middle, coarse = repetition(fine, (middle, second[0]), (coarse, second[1]))
            second = [middle, coarse]
        return [fine, middle, coarse]


def _reducer(inputs: int, channels: int) -> nn.Module:
    return conv_bn(inputs, channels, kernel=1, bias=True)


def _squeezed_reducer(inputs: int, channels: int, squeeze: int) -> nn.Module:
    if not 1 <= squeeze <= channels:
        raise ValueError(f"squeeze {squeeze} leaves no channel of {channels}")
    return nn.Sequential(
        nn.Conv2d(inputs, channels // squeeze, 1, bias=False), *conv_bn(channels // squeeze, channels, kernel=1)
    )


@block("bifpn", Role.PYRAMID)
class BiFPN(Pyramid):
    """Bidirectional feature pyramid of three levels with learned fusion weights."""

    def __init__(self, inputs: tuple[int, ...], *, channels: int, repeats: int) -> None:
        super().__init__(inputs, channels, repeats, _reducer)


@block("bifpn_light", Role.PYRAMID)
class BiFPNLight(Pyramid):
    """A BiFPN whose reducers go through channels / squeeze channels, without biases."""

    def __init__(self, inputs: tuple[int, ...], *, channels: int, repeats: int, squeeze: int = 4) -> None:
        super().__init__(inputs, channels, repeats, partial(_squeezed_reducer, squeeze=squeeze))
