"""Convolutions: every position meets one filter per channel, whichever backend computes it."""

from __future__ import annotations

from math import prod
from typing import Any

from auditor.profiling.formulas.registry import Kind, Shape, Work, WorkOf, formula


def _convolved(positions: Shape, weight: Shape, others: int) -> Work:
    # weight: (out, in / groups, *kernel), or (in, out / groups, *kernel) when transposed.
    # positions: (batch, channels, *size) or no batch, of the result, or of the input when transposed.
    size = len(weight) - 2
    return Work(prod(positions[: -size - 1]) * prod(positions[-size:]) * prod(weight), others)


@formula(Kind.CONVOLUTION, "convolution", "_convolution", "convolution_overrideable")
def convolution(
    x: Shape,
    weight: Shape,
    bias: Shape | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    *_: Any,
    out: Shape,
) -> Work:
    return _convolved(x if transposed else out, weight, prod(out) if bias else 0)


def _of_backend(transposed: bool = False, fused: int = 0) -> WorkOf:
    """Its arguments come in several orders; the only shape among its settings is that of a bias."""

    def work(x: Shape, weight: Shape, *settings: Any, out: Shape, **_: Any) -> Work:
        biases = any(isinstance(setting, tuple) for setting in settings)
        return _convolved(x if transposed else out, weight, prod(out) * (biases + fused))

    return work


formula(
    Kind.CONVOLUTION,
    *("cudnn_convolution", "miopen_convolution", "miopen_depthwise_convolution", "mkldnn_convolution"),
    *("_mps_convolution", "_nnpack_spatial_convolution", "_slow_conv2d_forward", "slow_conv3d_forward"),
    *("slow_conv_dilated2d", "slow_conv_dilated3d", "_conv_depthwise2d", "conv_depthwise3d"),
)(_of_backend())
formula(
    Kind.CONVOLUTION,
    *("cudnn_convolution_transpose", "miopen_convolution_transpose", "_mps_convolution_transpose"),
    *("slow_conv_transpose2d", "slow_conv_transpose3d"),
)(_of_backend(transposed=True))
formula(Kind.CONVOLUTION, "cudnn_convolution_relu", "miopen_convolution_relu")(_of_backend(fused=1))


@formula(Kind.CONVOLUTION, "cudnn_convolution_add_relu", "miopen_convolution_add_relu")
def convolution_and_sum(x: Shape, weight: Shape, added: Shape, alpha: Any, *settings: Any, out: Shape) -> Work:
    return _of_backend(fused=2)(x, weight, *settings, out=out)


@formula(Kind.CONVOLUTION, "conv_tbc")
def convolution_by_time(x: Shape, weight: Shape, bias: Shape, *_: Any, out: Shape) -> Work:
    # out: (time, batch, channels); weight: (kernel, in, out).
    return Work(out[0] * out[1] * prod(weight), prod(out))


@formula(Kind.CONVOLUTION, "torchvision.deform_conv2d")
def deformable_convolution(
    x: Shape, weight: Shape, offset: Shape, mask: Shape, bias: Shape, *settings: Any, out: Shape
) -> Work:
    # offset: (batch, 2 × groups of offsets × kernel, *size), two maps for each map of positions.
    masked, kernel, size = settings[-1], prod(weight[2:]), prod(out[2:])
    positions = prod(offset) // 2
    sampled = x[0] * x[1] * kernel * size
    # A position is the regular one and its offset (2), in the coordinates of a grid (2 × 4), looked up
    # there (14); a value weighs and adds four neighbours (7); see the formula of sampling at a grid.
    return _convolved(out, weight, 24 * positions + (7 + masked) * sampled + prod(out))
