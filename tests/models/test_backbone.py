"""The backbone: a row of separable convolutions, tapped three times."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from by_hand import conv_bn, count, few, noise, unsettled
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from auditor.models.backbone import MobileNetV1

WIDTHS = (32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
"""Channels after the stem and after each separable convolution, at full width."""

STRIDES = ((1, 2, 1, 2, 1), (2, 1, 1, 1, 1, 1), (2, 1))
"""Of the separable convolutions before the first tap, the second and the third."""


def test_a_quarter_of_the_width_has_the_documented_parameters() -> None:
    assert count(MobileNetV1((3,), width=0.25)) == 213_072


@pytest.mark.parametrize("image_channels", [1, 3])
@pytest.mark.parametrize("width", [0.0625, 0.25, 0.3, 0.5])
def test_parameters_are_the_stem_the_separable_convolutions_and_their_norms(image_channels: int, width: float) -> None:
    stem, *others = (int(width * full) for full in WIDTHS)
    expected = 9 * image_channels * stem + 2 * stem
    expected += sum(9 * i + 2 * i + i * o + 2 * o for i, o in pairwise((stem, *others)))
    assert count(MobileNetV1((image_channels,), width=width)) == expected


@few
@given(height=st.integers(1, 100), width=st.integers(1, 100))
def test_taps_lie_at_strides_8_16_and_32(height: int, width: int) -> None:
    backbone = MobileNetV1((3,), width=0.25).eval()
    taps = backbone([torch.zeros(1, 3, height, width)])
    strides = {64: 8, 128: 16, 256: 32}
    assert [tap.shape for tap in taps] == [(1, c, -(-height // s), -(-width // s)) for c, s in strides.items()]
    assert backbone.out_channels == tuple(strides)


def leaky(x: Tensor) -> Tensor:
    return torch.where(x > 0, x, 0.1 * x)


def test_every_tap_is_the_row_of_layers_before_it() -> None:
    backbone, state = unsettled(MobileNetV1((3,), width=0.0625))
    image = noise(2, 3, 37, 64)
    x, taps = leaky(conv_bn(state, "stem", image, stride=2, padding=1)), []
    for group, strides in enumerate(STRIDES):
        for place, stride in enumerate(strides):
            layer = f"groups.{group}.{place}"
            x = leaky(conv_bn(state, f"{layer}.0", x, stride=stride, padding=1, groups=x.shape[1]))
            x = leaky(conv_bn(state, f"{layer}.1", x))
        taps.append(x)
    torch.testing.assert_close(backbone([image]), taps)


@pytest.mark.parametrize("width", [0.03, 0.0, -1.0])
def test_a_width_that_leaves_no_channel_is_refused(width: float) -> None:
    with pytest.raises(ValueError, match=f"width {width} leaves no channel of 32"):
        MobileNetV1((3,), width=width)
