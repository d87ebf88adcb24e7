"""Channel shuffles: channels of different groups are brought together."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from auditor.models.layers import conv_bn
from auditor.models.registry import block


def channel_shuffle(x_BCHW: Tensor, groups: int) -> Tensor:
    """Deal the channels of the groups out in turn: the first of each, the second of each, …"""
    batch, channels, height, width = x_BCHW.shape
    grouped = x_BCHW.reshape(batch, groups, channels // groups, height, width)
    return grouped.transpose(1, 2).reshape(batch, channels, height, width)


def _check_groups(channels: int, groups: int) -> None:
    if groups < 1 or channels % groups:
        raise ValueError(f"{channels} channels cannot be split into {groups} groups")


@block("channel_shuffle")
class ChannelShuffle(nn.Module):
    """Channel shuffle without parameters."""

    def __init__(self, inputs: int, *, groups: int = 2) -> None:
        super().__init__()
        _check_groups(inputs, groups)
        self.groups = groups

    def forward(self, x_BCHW: Tensor) -> Tensor:
        return channel_shuffle(x_BCHW, self.groups)


@block("shuffle_unit")
class ShuffleUnit(nn.Module):
    """Channel shuffle followed by a bottleneck of 1×1, depthwise 3×3 and 1×1 convolutions."""

    def __init__(self, inputs: int, *, groups: int = 2) -> None:
        super().__init__()
        _check_groups(inputs, groups)
        self.groups = groups
        half = inputs // 2
        self.reduce = conv_bn(inputs, half, kernel=1)
        self.depthwise = conv_bn(half, half, groups=half)
        self.expand = conv_bn(half, inputs, kernel=1)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        shuffled = channel_shuffle(x_BCHW, self.groups)
        return F.relu(self.expand(self.depthwise(self.reduce(shuffled))))
