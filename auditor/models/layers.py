"""Small layers that several blocks are made of."""

from __future__ import annotations

from torch import nn

LEAK = 0.1
"""The slope of every leaky ReLU in the library."""


def conv_bn(
    inputs: int, outputs: int, kernel: int = 3, *, stride: int = 1, groups: int = 1, bias: bool = False
) -> nn.Sequential:
    """A convolution that keeps the size (at stride 1), then batch normalisation."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=bias), nn.BatchNorm2d(outputs)
    )


def conv_bn_act(inputs: int, outputs: int, kernel: int = 3, *, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """A convolution, batch normalisation, and a leaky ReLU."""
    return nn.Sequential(*conv_bn(inputs, outputs, kernel, stride=stride, groups=groups), nn.LeakyReLU(LEAK))


def depthwise_separable(inputs: int, outputs: int, *, stride: int = 1) -> nn.Sequential:
    """A 3×3 convolution of each channel on its own, then a 1×1 convolution across channels."""
    return nn.Sequential(
        conv_bn_act(inputs, inputs, stride=stride, groups=inputs), conv_bn_act(inputs, outputs, kernel=1)
    )
