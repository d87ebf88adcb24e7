"""Attention: gates between 0 and 1 by which a feature map is multiplied.

Shape letters: B batch, C channels, R reduced channels, H height, W width, L = H + W.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from auditor.models.layers import conv_bn
from auditor.models.registry import Role, block


def reduced_channels(channels: int, reduction: int, floor: int = 0) -> int:
    """How many channels a reduction leaves, at least `floor`; one that leaves none is refused."""
    if reduction < 1 or max(floor, channels // reduction) < 1:
        raise ValueError(f"reduction {reduction} leaves no channel of {channels}")
    return max(floor, channels // reduction)


class ChannelGate(nn.Module):
    """One gate per channel: an MLP over the average and the maximum of each channel, added."""

    def __init__(self, channels: int, reduction: int) -> None:
        super().__init__()
        reduced = reduced_channels(channels, reduction)
        self.mlp = nn.Sequential(nn.Linear(channels, reduced), nn.ReLU(), nn.Linear(reduced, channels))

    def forward(self, x_BCHW: Tensor) -> Tensor:
        average_BC = x_BCHW.mean((2, 3))
        maximum_BC = x_BCHW.amax((2, 3))
        gate_BC = torch.sigmoid(self.mlp(average_BC) + self.mlp(maximum_BC))
        return gate_BC[:, :, None, None]


def _pooled_over_channels(x_BCHW: Tensor) -> Tensor:
    """The maximum and the average over the channels, as two maps."""
    return torch.cat((x_BCHW.amax(1, keepdim=True), x_BCHW.mean(1, keepdim=True)), dim=1)


class SpatialGate(nn.Module):
    """One gate per position: a 7×7 convolution over the two maps pooled over the channels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = conv_bn(2, 1, kernel=7)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        return torch.sigmoid(self.conv(_pooled_over_channels(x_BCHW)))


class GroupedSpatialGate(nn.Module):
    """One gate per position: each pooled map has a 7×7 convolution of its own, the two are added."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = conv_bn(2, 2, kernel=7, groups=2)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        return torch.sigmoid(self.conv(_pooled_over_channels(x_BCHW)).sum(1, keepdim=True))


@block("cbam", Role.ATTENTION)
class CBAM(nn.Module):
    """Convolutional block attention: a channel gate, then a spatial gate."""

    def __init__(self, inputs: int, *, reduction: int = 16) -> None:
        super().__init__()
        self.channel_gate = ChannelGate(inputs, reduction)
        self.spatial_gate = SpatialGate()

    def forward(self, x_BCHW: Tensor) -> Tensor:
        x_BCHW = x_BCHW * self.channel_gate(x_BCHW)
        gate_BCHW: Tensor = self.spatial_gate(x_BCHW)
        return x_BCHW * gate_BCHW


@block("cbam_plus", Role.ATTENTION)
class SharedCBAMPlus(nn.Module):
    """One manager of attention for all levels, whose weights serve every level they fit.

    Levels of equal width share a channel gate; the spatial gate, which does not depend on the
    width, is one for all. `residual` adds the input back and rectifies.
    """

    def __init__(self, inputs: tuple[int, ...], *, reduction: int = 32, residual: bool = True) -> None:
        super().__init__()
        self.channel_gates = nn.ModuleDict({str(width): ChannelGate(width, reduction) for width in inputs})
        self.spatial_gate = GroupedSpatialGate()
        self.residual = residual

    def forward(self, levels: list[Tensor]) -> list[Tensor]:
        return [self._attend(x_BCHW) for x_BCHW in levels]

    def _attend(self, x_BCHW: Tensor) -> Tensor:
        gated_BCHW: Tensor = x_BCHW * self.channel_gates[str(x_BCHW.shape[1])](x_BCHW)
        gated_BCHW = gated_BCHW * self.spatial_gate(gated_BCHW)
        return F.relu(gated_BCHW + x_BCHW) if self.residual else gated_BCHW


@block("coordinate_attention", Role.ATTENTION)
class CoordinateAttention(nn.Module):
    """Coordinate attention: a gate per row and a gate per column, from one shared transform.

    The transform has `inputs // reduction` channels, but at least `floor`.
    """

    def __init__(
        self,
        inputs: int,
        *,
        reduction: int = 32,
        floor: int = 8,
        activation: Literal["hard_swish", "relu"] = "hard_swish",
    ) -> None:
        super().__init__()
        reduced = reduced_channels(inputs, reduction, floor)
        self.transform = nn.Sequential(
            *conv_bn(inputs, reduced, kernel=1, bias=True),
            nn.Hardswish() if activation == "hard_swish" else nn.ReLU(),
        )
        self.row_gate = nn.Conv2d(reduced, inputs, 1)
        self.column_gate = nn.Conv2d(reduced, inputs, 1)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        height, width = x_BCHW.shape[2:]
        rows_BCH1 = x_BCHW.mean(3, keepdim=True)
        columns_BC1W = x_BCHW.mean(2, keepdim=True)
        both_BRL1 = self.transform(torch.cat((rows_BCH1, columns_BC1W.transpose(2, 3)), dim=2))
        rows_BRH1, columns_BRW1 = both_BRL1.split((height, width), dim=2)
        row_gate_BCH1 = torch.sigmoid(self.row_gate(rows_BRH1))
        column_gate_BC1W = torch.sigmoid(self.column_gate(columns_BRW1.transpose(2, 3)))
        return x_BCHW * row_gate_BCH1 * column_gate_BC1W


@block("eca", Role.ATTENTION)
class ECA(nn.Module):
    """Efficient channel attention: a convolution along the channels, wider for more channels."""

    def __init__(self, inputs: int, *, gamma: int = 2, b: int = 1) -> None:
        super().__init__()
        kernel = adaptive_kernel(inputs, gamma, b)
        self.conv = nn.Conv1d(1, 1, kernel, padding=kernel // 2, bias=False)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        average_B1C = x_BCHW.mean((2, 3))[:, None]
        gate_BC = torch.sigmoid(self.conv(average_B1C))[:, 0]
        return x_BCHW * gate_BC[:, :, None, None]


def adaptive_kernel(channels: int, gamma: int, b: int) -> int:
    """The odd kernel size nearest above |(log2(channels) + b) / gamma|, rounded down first."""
    size = int(abs((math.log2(channels) + b) / gamma))
    return size if size % 2 else size + 1
