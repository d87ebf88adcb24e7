"""Attention: each gate against its formula, written out with plain operations."""

from __future__ import annotations

import pytest
import torch
from by_hand import State, conv_bn, count, few, noise, unsettled
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from auditor.models.attention import CBAM, ECA, CoordinateAttention, SharedCBAMPlus


def sigmoid(x: Tensor) -> Tensor:
    return 1 / (1 + torch.exp(-x))


def channel_gate(state: State, name: str, x: Tensor) -> Tensor:
    def mlp(pooled: Tensor) -> Tensor:
        hidden = pooled @ state[f"{name}.mlp.0.weight"].T + state[f"{name}.mlp.0.bias"]
        return hidden.clamp(min=0) @ state[f"{name}.mlp.2.weight"].T + state[f"{name}.mlp.2.bias"]

    pixels = x.flatten(2)
    return sigmoid(mlp(pixels.mean(2)) + mlp(pixels.max(2).values))[:, :, None, None]


def pooled_maps(x: Tensor) -> Tensor:
    return torch.stack((x.max(1).values, x.mean(1)), dim=1)


def spatial_gate(state: State, x: Tensor) -> Tensor:
    return sigmoid(conv_bn(state, "spatial_gate.conv", pooled_maps(x), padding=3))


def grouped_spatial_gate(state: State, x: Tensor) -> Tensor:
    both = conv_bn(state, "spatial_gate.conv", pooled_maps(x), padding=3, groups=2)
    return sigmoid(both[:, :1] + both[:, 1:])


@pytest.mark.parametrize(
    "attention",
    [CBAM(16, reduction=4), CoordinateAttention(16), ECA(16), SharedCBAMPlus((16,), reduction=4, residual=False)],
    ids=lambda attention: type(attention).__name__,
)
@few
@given(height=st.integers(1, 9), width=st.integers(1, 9), seed=st.integers(0, 2**32 - 1))
def test_every_pixel_is_multiplied_by_a_gate_between_0_and_1(
    attention: nn.Module, height: int, width: int, seed: int
) -> None:
    attention.double().eval()
    torch.manual_seed(seed)
    x = 0.1 + torch.rand(2, 16, height, width, dtype=torch.float64)
    gated = attention([x])[0] if isinstance(attention, SharedCBAMPlus) else attention(x)
    assert gated.shape == x.shape
    assert (gated > 0).all()
    assert (gated < x).all()


# CBAM


def test_cbam_gates_the_channels_first_and_then_the_positions() -> None:
    cbam, state = unsettled(CBAM(12, reduction=3))
    x = noise(2, 12, 5, 8)
    by_channel = x * channel_gate(state, "channel_gate", x)
    torch.testing.assert_close(cbam(x), by_channel * spatial_gate(state, by_channel))


@pytest.mark.parametrize(("channels", "params"), [(64, 680), (256, 8_564)])
def test_cbam_has_the_documented_parameters(channels: int, params: int) -> None:
    assert count(CBAM(channels, reduction=16)) == params


@few
@given(reduced=st.integers(1, 20), reduction=st.integers(1, 20), rest=st.integers(0, 19))
def test_cbam_is_an_mlp_with_biases_and_a_7x7_kernel_over_two_maps(reduced: int, reduction: int, rest: int) -> None:
    channels = reduced * reduction + rest % reduction
    assert count(CBAM(channels, reduction=reduction)) == 2 * channels * reduced + reduced + channels + 100


# CBAM++


def test_cbam_plus_gates_every_level_with_the_gate_of_its_width_and_the_one_spatial_gate() -> None:
    plus, state = unsettled(SharedCBAMPlus((8, 12, 8), reduction=4, residual=False))
    levels = [noise(2, 8, 8, 6), noise(2, 12, 4, 3), noise(2, 8, 2, 2)]
    for x, attended in zip(levels, plus(levels), strict=True):
        by_channel = x * channel_gate(state, f"channel_gates.{x.shape[1]}", x)
        torch.testing.assert_close(attended, by_channel * grouped_spatial_gate(state, by_channel))


def test_the_residual_of_cbam_plus_adds_the_input_back_and_rectifies() -> None:
    plain, state = unsettled(SharedCBAMPlus((8,), reduction=4, residual=False))
    residual = SharedCBAMPlus((8,), reduction=4).double().eval()
    residual.load_state_dict(state)
    x = noise(2, 8, 5, 7)
    torch.testing.assert_close(residual([x])[0], (plain([x])[0] + x).clamp(min=0))


@pytest.mark.parametrize(
    ("widths", "params"),
    [
        ((32, 32, 32), (2 * 32 * 1 + 1 + 32) + 102),
        ((64, 128, 256), (2 * 64 * 2 + 2 + 64) + (2 * 128 * 4 + 4 + 128) + (2 * 256 * 8 + 8 + 256) + 102),
    ],
)
def test_levels_of_equal_width_share_their_weights(widths: tuple[int, ...], params: int) -> None:
    assert count(SharedCBAMPlus(widths, reduction=32)) == params


# Coordinate attention


def direction_gate(state: State, name: str, pooled: Tensor, activation: str) -> Tensor:
    """The gate along one direction, from what the other direction was averaged to."""
    hidden = conv_bn(state, "transform", pooled[..., None])[..., 0]
    hidden = hidden * (hidden + 3).clamp(0, 6) / 6 if activation == "hard_swish" else hidden.clamp(min=0)
    weight, bias = state[f"{name}.weight"][:, :, 0, 0], state[f"{name}.bias"]
    return sigmoid(torch.einsum("cr,brl->bcl", weight, hidden) + bias[:, None])


READINGS = [
    pytest.param(CoordinateAttention(64), "hard_swish", 8, id="floor of 8, hard swish"),
    pytest.param(CoordinateAttention(64, floor=1, activation="relu"), "relu", 2, id="floor of 1, relu"),
]


@pytest.mark.parametrize(("attention", "activation", "reduced"), READINGS)
def test_coordinate_attention_gates_rows_and_columns(
    attention: CoordinateAttention, activation: str, reduced: int
) -> None:
    attention, state = unsettled(attention)
    assert state["row_gate.weight"].shape[1] == reduced
    x = noise(2, 64, 5, 8)
    rows = direction_gate(state, "row_gate", x.mean(3), activation)
    columns = direction_gate(state, "column_gate", x.mean(2), activation)
    torch.testing.assert_close(attention(x), x * rows[:, :, :, None] * columns[:, :, None, :])


@few
@given(rows=st.permutations(range(5)), columns=st.permutations(range(7)))
def test_a_row_or_a_column_is_gated_alike_wherever_it_lies(rows: list[int], columns: list[int]) -> None:
    attention, _ = unsettled(CoordinateAttention(8))
    x = noise(1, 8, 5, 7)
    torch.testing.assert_close(attention(x[:, :, rows][..., columns]), attention(x)[:, :, rows][..., columns])


def test_a_change_within_a_row_leaves_the_gates_of_other_columns_alone() -> None:
    attention, _ = unsettled(CoordinateAttention(8))
    x = 1 + torch.rand(1, 8, 5, 7, dtype=torch.float64)
    moved = x.clone()
    moved[:, :, 2, 3] += 1
    moved[:, :, 2, 4] -= 1  # the mean of row 2 stays
    changed = ~torch.isclose(attention(x) / x, attention(moved) / moved).all(dim=1)[0]
    assert changed.any(dim=0).nonzero().flatten().tolist() == [3, 4]


@few
@given(channels=st.integers(1, 300), floor=st.integers(1, 16))
def test_coordinate_attention_is_three_1x1_convolutions_and_a_norm(channels: int, floor: int) -> None:
    reduced = max(floor, channels // 32)
    expected = (channels * reduced + reduced) + 2 * reduced + 2 * (reduced * channels + channels)
    assert count(CoordinateAttention(channels, floor=floor)) == expected


# ECA


@pytest.mark.parametrize(("channels", "kernel"), [(56, 3), (64, 3), (128, 5), (256, 5)])
def test_eca_looks_at_more_neighbours_where_there_are_more_channels(channels: int, kernel: int) -> None:
    assert count(ECA(channels)) == kernel


def test_eca_gates_each_channel_by_its_neighbours_averages() -> None:
    eca, state = unsettled(ECA(128))
    weight = state["conv.weight"].flatten().tolist()
    x = noise(1, 128, 3, 4)
    averages = [0.0, 0.0, *x[0].mean((1, 2)).tolist(), 0.0, 0.0]
    for channel, gated in enumerate(eca(x)[0]):
        score = sum(weight[step] * averages[channel + step] for step in range(5))
        torch.testing.assert_close(gated, x[0, channel] * sigmoid(torch.tensor(score, dtype=x.dtype)))


@pytest.mark.parametrize("attention", [CBAM, SharedCBAMPlus])
def test_a_reduction_that_leaves_no_channel_is_refused(attention: type[CBAM] | type[SharedCBAMPlus]) -> None:
    inputs = 8 if attention is CBAM else (8, 8)
    with pytest.raises(ValueError, match="reduction 16 leaves no channel of 8"):
        attention(inputs, reduction=16)  # type: ignore[arg-type]
