"""Context modules: a wider view around each position, level by level."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from auditor.models.deformable import DeformableConv2d
from auditor.models.layers import LEAK, conv_bn
from auditor.models.registry import Role, block


class ContextBranches(nn.Module):
    """Three branches that see 3×3, 5×5 and 7×7 positions, the last two as stacked 3×3 steps.

    The 5×5 and the 7×7 branch share their first step. `step` makes one convolution with its norm.
    """

    def __init__(self, channels: int, step: Callable[[int, int], nn.Module]) -> None:
        super().__init__()
        if channels % 4:
            raise ValueError(f"{channels} channels cannot be split into a half and two quarters")
        half, quarter = channels // 2, channels // 4
        self.see_3 = step(channels, half)
        self.shared = step(channels, quarter)
        self.see_5 = step(quarter, quarter)
        self.widen = step(quarter, quarter)
        self.see_7 = step(quarter, quarter)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        shared = F.leaky_relu(self.shared(x_BCHW), LEAK)
        widened = F.leaky_relu(self.widen(shared), LEAK)
        return F.relu(torch.cat((self.see_3(x_BCHW), self.see_5(shared), self.see_7(widened)), dim=1))


def _deformable(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(DeformableConv2d(inputs, outputs), nn.BatchNorm2d(outputs))


@block("ssh", Role.CONTEXT)
class SSH(ContextBranches):
    """SSH context module in which every convolution is deformable."""

    def __init__(self, inputs: int) -> None:
        super().__init__(inputs, _deformable)


@block("ssh_grouped", Role.CONTEXT)
class SSHGrouped(ContextBranches):
    """SSH context module with grouped convolutions."""

    def __init__(self, inputs: int, *, groups: int = 4) -> None:
        super().__init__(inputs, lambda inputs, outputs: conv_bn(inputs, outputs, groups=groups))


@block("conv_context", Role.CONTEXT)
class ConvContext(nn.Module):
    """The plainest context module: one 3×3 convolution with batch normalisation."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.conv = conv_bn(inputs, inputs)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        return F.relu(self.conv(x_BCHW))
