"""Convolutions: by closed formula, as PyTorch's counter finds them, and alike for every backend."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from kernels import work_of
from specimens import Does, macs_by_torch, profile_function, several
from torch import Tensor, nn
from torch.nn import functional as F

from auditor import profile
from auditor.models.deformable import deform_conv2d
from auditor.profiling.formulas import Kind, Work

SIZE = st.integers(1, 4)

CONVOLUTIONS: tuple[Callable[..., nn.Module], ...] = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED: tuple[Callable[..., nn.Module], ...] = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[nn.Module, Tensor, int, int]:
    """A convolution, its input, and by closed formula its multiply-accumulates and its number of results."""
    dimensions, groups, batch = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    inputs, outputs = groups * draw(SIZE), groups * draw(SIZE)
    transposed, bias, batched = draw(st.booleans()), draw(st.booleans()), batch > 1 or draw(st.booleans())

    def each(low: int, high: int) -> tuple[int, ...]:
        return tuple(draw(st.integers(low, high)) for _ in range(dimensions))

    kernel, stride, dilation, padding = each(1, 3), each(1, 3), each(1, 2), each(0, 1)
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    size = [r + more for r, more in zip(reach, each(2, 5), strict=True)]
    steps = list(zip(size, reach, stride, padding, strict=True))
    if transposed:
        result = [(n - 1) * s - 2 * p + r for n, r, s, p in steps]
    else:
        result = [(n + 2 * p - r) // s + 1 for n, r, s, p in steps]

    layer = (TRANSPOSED if transposed else CONVOLUTIONS)[dimensions - 1]
    module = layer(inputs, outputs, kernel, stride, padding, groups=groups, bias=bias, dilation=dilation)
    macs = batch * inputs * (outputs // groups) * prod(kernel) * prod(size if transposed else result)
    x = torch.randn(*[batch] * batched, inputs, *size)
    return module, x, macs, batch * outputs * prod(result)


@several
@given(convolutions())
def test_a_convolution_of_any_kind_counts_one_filter_per_position(case: tuple[nn.Module, Tensor, int, int]) -> None:
    module, x, macs, results = case
    measured = profile(module, x)
    assert measured.total.macs == macs == macs_by_torch(module, x)
    assert measured.total.flops == 2 * macs + (results if module.bias is not None else 0)
    assert [(operation.kind, operation.calls) for operation in measured.operations] == [(Kind.CONVOLUTION, 1)]


@pytest.mark.parametrize(
    ("function", "shapes", "macs"),
    [
        pytest.param(F.conv2d, [(2, 3, 8, 8), (4, 3, 3, 3), (4,)], 2 * 4 * 6 * 6 * 3 * 9, id="F.conv2d"),
        pytest.param(F.conv_transpose1d, [(2, 3, 8), (3, 4, 5)], 2 * 8 * 3 * 4 * 5, id="F.conv_transpose1d"),
        pytest.param(torch.conv_tbc, [(8, 2, 3), (5, 3, 4), (4,)], 4 * 2 * 5 * 3 * 4, id="time, batch, channels"),
    ],
)
def test_a_convolution_with_parameters_that_belong_to_no_layer_is_counted(
    function: Callable[..., Tensor], shapes: list[tuple[int, ...]], macs: int
) -> None:
    assert profile_function(function, *shapes).total.macs == macs


# What the formulas of other backends are called with, in the order of their schemas: x, weight, then …
X, BIAS, OUT = (2, 6, 9, 8), (4,), (2, 4, 7, 6)
WEIGHT, INTO = (4, 3, 3, 3), (4, 6, 3, 3)
"""Of a convolution in two groups, and of one from four channels to twelve in two groups, transposed."""

ONES, ZEROS, KERNEL = [1, 1], [0, 0], [3, 3]

BACKENDS: dict[str, list[Any]] = {
    "aten.convolution": [BIAS, ONES, ZEROS, ONES, False, ZEROS, 2],
    "aten.convolution_overrideable": [BIAS, ONES, ZEROS, ONES, False, ZEROS, 2],
    "aten.mkldnn_convolution": [BIAS, ZEROS, ONES, ONES, 2],
    "aten.miopen_convolution": [BIAS, ZEROS, ONES, ONES, 2, False, False],
    "aten.miopen_depthwise_convolution": [BIAS, ZEROS, ONES, ONES, 2, False, False],
    "aten._mps_convolution": [BIAS, ZEROS, ONES, ONES, 2],
    "aten._nnpack_spatial_convolution": [BIAS, ZEROS],
    "aten._slow_conv2d_forward": [KERNEL, BIAS, ONES, ZEROS],
    "aten.slow_conv_dilated2d": [KERNEL, BIAS],
    "aten._conv_depthwise2d": [KERNEL, BIAS, ONES, ZEROS, ONES],
}


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_convolution_counts_the_same_whichever_backend_computes_it(backend: str) -> None:
    reference = profile(nn.Conv2d(6, 4, 3, groups=2), torch.randn(X)).total.work
    assert work_of(backend, X, WEIGHT, *BACKENDS[backend], out=OUT) == reference


@pytest.mark.parametrize("backend", ["_slow_conv2d_forward", "slow_conv_dilated2d"])
def test_a_backend_that_is_called_by_name_is_counted_as_it_gets_its_arguments(backend: str) -> None:
    x = torch.randn(2, 3, 9, 8)
    given = [torch.randn(setting) if setting == BIAS else setting for setting in BACKENDS[f"aten.{backend}"]]
    measured = profile(Does(lambda _, x: getattr(torch.ops.aten, backend)(x, torch.randn(WEIGHT), *given)), x)
    assert [operation.operator for operation in measured.operations] == [f"aten.{backend}"]
    assert measured.total.work == profile(nn.Conv2d(3, 4, 3), x).total.work


def test_backends_count_volumes_like_images() -> None:
    x, cube, none, out = (2, 4, 5, 9, 8), [3, 3, 3], [0, 0, 0], (2, 4, 3, 7, 6)
    reference = profile(nn.Conv3d(4, 4, 3), torch.randn(x)).total.work
    weight = (4, 4, 3, 3, 3)
    assert work_of("aten.slow_conv3d_forward", x, weight, cube, BIAS, [1, 1, 1], none, out=out) == reference
    assert work_of("aten.slow_conv_dilated3d", x, weight, cube, BIAS, out=out) == reference
    depthwise = profile(nn.Conv3d(4, 4, 3, groups=4), torch.randn(x)).total.work
    settings = (cube, BIAS, [1, 1, 1], none, [1, 1, 1])
    assert work_of("aten.conv_depthwise3d", x, (4, 1, 3, 3, 3), *settings, out=out) == depthwise
    transposed = profile(nn.ConvTranspose3d(4, 4, 3), torch.randn(x)).total.work
    assert work_of("aten.slow_conv_transpose3d", x, weight, cube, BIAS, out=(2, 4, 7, 11, 10)) == transposed


@pytest.mark.parametrize(
    ("backend", "settings"),
    [
        ("aten.cudnn_convolution", [ZEROS, ONES, ONES, 2, False, False, False]),
        ("aten.slow_conv_dilated2d", [KERNEL]),
        ("aten.mkldnn_convolution", [None, ZEROS, ONES, ONES, 2]),
    ],
)
def test_a_backend_without_a_bias_adds_none(backend: str, settings: list[Any]) -> None:
    reference = profile(nn.Conv2d(6, 4, 3, groups=2, bias=False), torch.randn(X)).total.work
    assert work_of(backend, X, WEIGHT, *settings, out=OUT) == reference


@pytest.mark.parametrize(
    ("backend", "settings"),
    [
        ("aten.cudnn_convolution_transpose", [ZEROS, ZEROS, ONES, ONES, 2, False, False, False]),
        ("aten.miopen_convolution_transpose", [None, ZEROS, ZEROS, ONES, ONES, 2, False, False]),
        ("aten._mps_convolution_transpose", [ZEROS, ZEROS, ONES, ONES, 2]),
        ("aten.slow_conv_transpose2d", [KERNEL]),
    ],
)
def test_a_transposed_convolution_counts_the_same_whichever_backend_computes_it(
    backend: str, settings: list[Any]
) -> None:
    module, x = nn.ConvTranspose2d(4, 12, 3, groups=2, bias=False), torch.randn(2, 4, 5, 6)
    reference = profile(module, x).total.work
    assert work_of(backend, x.shape, INTO, *settings, out=(2, 12, 7, 8)) == reference


@pytest.mark.parametrize(
    ("backend", "settings", "steps"),
    [
        ("aten.cudnn_convolution_relu", [BIAS, ONES, ZEROS, ONES, 2], [F.relu]),
        ("aten.miopen_convolution_relu", [BIAS, ONES, ZEROS, ONES, 2], [F.relu]),
        ("aten.cudnn_convolution_add_relu", [OUT, 1, BIAS, ONES, ZEROS, ONES, 2], [lambda x: x + x, F.relu]),
        ("aten.miopen_convolution_add_relu", [OUT, 1, BIAS, ONES, ZEROS, ONES, 2], [lambda x: x + x, F.relu]),
    ],
)
def test_what_a_backend_does_in_one_with_a_convolution_counts_like_the_steps(
    backend: str, settings: list[Any], steps: list[Callable[[Tensor], Tensor]]
) -> None:
    layers = nn.Sequential(
        nn.Conv2d(6, 4, 3, groups=2), *(Does(lambda self, x: self.step(x), step=step) for step in steps)
    )
    assert work_of(backend, X, WEIGHT, *settings, out=OUT) == profile(layers, torch.randn(X)).total.work


@several
@given(SIZE, SIZE, st.integers(1, 3), st.integers(1, 3), st.integers(1, 2), st.integers(0, 1), SIZE)
def test_a_deformable_convolution_in_one_operator_counts_what_its_parts_count(
    inputs: int, outputs: int, batch: int, kernel: int, stride: int, padding: int, more: int
) -> None:
    size = [(n + 2 * padding - kernel) // stride + 1 for n in (kernel + more, kernel + more + 1)]
    x, weight = (batch, inputs, kernel + more, kernel + more + 1), (outputs, inputs, kernel, kernel)
    offset, mask = (batch, 2 * kernel**2, *size), (batch, kernel**2, *size)
    parts = profile_function(lambda *xs: deform_conv2d(*xs, stride=stride, padding=padding), x, offset, mask, weight)
    out, settings = (batch, outputs, *size), (stride, stride, padding, padding, 1, 1, 1, 1, True)
    bias = Work(other=prod(out))  # which torchvision's operator always adds
    fused = work_of("torchvision.deform_conv2d", x, weight, offset, mask, (outputs,), *settings, out=out)
    assert fused == parts.total.work + bias
    assert fused.macs == batch * outputs * inputs * kernel**2 * prod(size)


def test_positions_are_found_for_every_group_of_offsets_and_weights_only_for_those_of_its_group() -> None:
    x, weight, out = (2, 8, 5, 5), (6, 2, 3, 3), (2, 6, 3, 3)
    taps = 9 * 3 * 3
    for groups in (1, 2, 4):
        offset, mask = (2, groups * 18, 3, 3), (2, groups * 9, 3, 3)
        settings = (1, 1, 0, 0, 1, 1, 4, groups)
        masked = work_of("torchvision.deform_conv2d", x, weight, offset, mask, (6,), *settings, True, out=out)
        bare = work_of("torchvision.deform_conv2d", x, weight, offset, (2, 1), (6,), *settings, False, out=out)
        assert masked.macs == bare.macs == 2 * 6 * 2 * taps
        assert bare.other == 2 * groups * taps * 24 + 2 * 8 * taps * 7 + prod(out)
        assert masked.other - bare.other == 2 * 8 * taps
