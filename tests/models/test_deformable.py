"""Deformable convolution against loops over pixels, ordinary convolution and numerical gradients."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from by_hand import count, few, noise, unsettled
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from auditor.models.deformable import DeformableConv2d, deform_conv2d

Pixels = list[list[float]]


def interpolated(pixels: Pixels, y: float, x: float) -> float:
    """The image between its pixels; beyond the border everything is zero."""
    total = 0.0
    for row, column in itertools.product((math.floor(y), math.floor(y) + 1), (math.floor(x), math.floor(x) + 1)):
        if 0 <= row < len(pixels) and 0 <= column < len(pixels[0]):
            total += (1 - abs(y - row)) * (1 - abs(x - column)) * pixels[row][column]
    return total


def pixel_by_pixel(x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    """The definition of DCNv2, one multiplication at a time."""
    outputs, inputs, kernel, _ = weight.shape
    batch, _, height, width = mask.shape
    result = x.new_zeros(batch, outputs, height, width)
    for b, c in itertools.product(range(batch), range(inputs)):
        pixels: Pixels = x[b, c].tolist()
        for i, j, row, column in itertools.product(range(kernel), range(kernel), range(height), range(width)):
            k = i * kernel + j
            y = row * stride - padding + i + offset[b, 2 * k, row, column].item()
            z = column * stride - padding + j + offset[b, 2 * k + 1, row, column].item()
            result[b, :, row, column] += weight[:, c, i, j] * mask[b, k, row, column] * interpolated(pixels, y, z)
    return result


def output_size(size: int, kernel: int, stride: int, padding: int) -> int:
    return (size + 2 * padding - kernel) // stride + 1


@few
@given(
    kernel=st.integers(1, 3),
    stride=st.integers(1, 2),
    padding=st.integers(1, 2),
    height=st.integers(1, 5),
    width=st.integers(1, 5),
    reach=st.sampled_from((0.5, 3.0, 20.0)),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_output_is_a_sum_over_interpolated_pixels(
    kernel: int, stride: int, padding: int, height: int, width: int, reach: float, seed: int
) -> None:
    torch.manual_seed(seed)
    size = (output_size(height, kernel, stride, padding), output_size(width, kernel, stride, padding))
    x, weight = noise(2, 2, height, width), noise(3, 2, kernel, kernel)
    offset, mask = reach * noise(2, 2 * kernel**2, *size), noise(2, kernel**2, *size)
    expected = pixel_by_pixel(x, offset, mask, weight, stride, padding)
    torch.testing.assert_close(deform_conv2d(x, offset, mask, weight, stride=stride, padding=padding), expected)


@few
@given(kernel=st.integers(1, 5), stride=st.integers(1, 3), padding=st.integers(0, 3), width=st.integers(5, 9))
def test_zero_offsets_and_a_full_mask_make_an_ordinary_convolution(
    kernel: int, stride: int, padding: int, width: int
) -> None:
    x, weight = noise(2, 3, 7, width), noise(4, 3, kernel, kernel)
    ordinary = F.conv2d(x, weight, stride=stride, padding=padding)
    size = ordinary.shape[2:]
    offset, mask = x.new_zeros(2, 2 * kernel**2, *size), x.new_ones(2, kernel**2, *size)
    torch.testing.assert_close(deform_conv2d(x, offset, mask, weight, stride=stride, padding=padding), ordinary)


@pytest.mark.parametrize(("down", "right"), [(1, 0), (0, 1), (2, -1), (-2, 2)])
def test_whole_offsets_shift_what_the_kernel_sees(down: int, right: int) -> None:
    x, weight = noise(1, 2, 5, 6), noise(3, 2, 3, 3)
    offset = torch.tensor([down, right], dtype=x.dtype).repeat(9)[None, :, None, None].expand(1, 18, 5, 6)
    far_and_wide = F.conv2d(F.pad(x, (3, 3, 3, 3)), weight)
    shifted = far_and_wide[:, :, 2 + down : 7 + down, 2 + right : 8 + right]
    torch.testing.assert_close(deform_conv2d(x, offset, x.new_ones(1, 9, 5, 6), weight, padding=1), shifted)


def test_positions_a_pixel_beyond_the_border_contribute_nothing() -> None:
    x, weight = noise(1, 1, 4, 4), noise(1, 1, 3, 3)
    offset, mask = x.new_full((1, 18, 4, 4), 6.5), x.new_ones(1, 9, 4, 4)
    assert not deform_conv2d(x, offset, mask, weight, padding=1).any()


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(1, 1, 0), (2, 1, 0), (3, 2, 1)])
def test_gradients_are_those_of_finite_differences(kernel: int, stride: int, padding: int) -> None:
    torch.manual_seed(0)
    size = (output_size(4, kernel, stride, padding), output_size(3, kernel, stride, padding))
    # Between pixels, where interpolation has a derivative; some of them beyond the border.
    between = torch.randint(-3, 3, (2, 2 * kernel**2, *size)) + 0.2 + 0.6 * torch.rand(2, 2 * kernel**2, *size)
    arguments = (noise(2, 2, 4, 3), between.double(), noise(2, kernel**2, *size), noise(2, 2, kernel, kernel))

    def convolve(x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor) -> Tensor:
        return deform_conv2d(x, offset, mask, weight, stride=stride, padding=padding)

    assert torch.autograd.gradcheck(convolve, [argument.requires_grad_() for argument in arguments])


def test_a_fresh_module_is_an_ordinary_convolution_with_its_weight() -> None:
    torch.manual_seed(0)
    module, x = DeformableConv2d(4, 6), torch.randn(2, 4, 20, 30)
    torch.testing.assert_close(module(x), F.conv2d(x, module.weight, padding=1), rtol=1e-4, atol=1e-5)


def test_a_module_predicts_its_offsets_and_a_mask_between_0_and_2_from_its_input() -> None:
    module, state = unsettled(DeformableConv2d(2, 3))
    x = noise(2, 2, 4, 5)
    offset = F.conv2d(x, state["offset.weight"], state["offset.bias"], padding=1)
    mask = 2 / (1 + torch.exp(-F.conv2d(x, state["mask.weight"], state["mask.bias"], padding=1)))
    torch.testing.assert_close(module(x), pixel_by_pixel(x, offset, mask, state["weight"], 1, 1))


@few
@given(inputs=st.integers(1, 40), outputs=st.integers(1, 40))
def test_the_predictors_cost_243_parameters_per_input_channel_and_27(inputs: int, outputs: int) -> None:
    assert count(DeformableConv2d(inputs, outputs)) == 9 * inputs * outputs + 243 * inputs + 27
