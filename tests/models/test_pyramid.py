"""Feature pyramids: what flows between the levels, and what that costs."""

from __future__ import annotations

import pytest
import torch
from by_hand import State, conv, conv_bn, count, few, noise, unsettled
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from auditor.models.pyramid import BiFPN, BiFPNLight, Fusion

BACKBONE = (64, 128, 256)


# Parameters


def repetition_params(channels: int) -> int:
    """Four separable convolutions with norms, and the fusion weights."""
    return 4 * (9 * channels + (channels**2 + channels) + 2 * channels) + (2 + 2 + 3 + 3)


@pytest.mark.parametrize(("channels", "repeats", "params"), [(64, 3, 112_606), (74, 2, 113_610), (56, 2, 77_916)])
def test_bifpn_has_the_documented_parameters(channels: int, repeats: int, params: int) -> None:
    assert count(BiFPN(BACKBONE, channels=channels, repeats=repeats)) == params


@few
@given(
    inputs=st.tuples(*[st.integers(1, 64)] * 3), channels=st.integers(1, 64), repeats=st.integers(1, 4), data=st.data()
)
def test_a_pyramid_is_five_reducers_and_its_repetitions(
    inputs: tuple[int, int, int], channels: int, repeats: int, data: st.DataObject
) -> None:
    repetitions = repeats * repetition_params(channels)
    reduced = (*inputs, inputs[1], inputs[2])
    plain = sum(width * channels + channels + 2 * channels for width in reduced)
    assert count(BiFPN(inputs, channels=channels, repeats=repeats)) == plain + repetitions

    squeeze = data.draw(st.integers(1, channels), label="squeeze")
    squeezed = sum((width + channels) * (channels // squeeze) + 2 * channels for width in reduced)
    assert count(BiFPNLight(inputs, channels=channels, repeats=repeats, squeeze=squeeze)) == squeezed + repetitions


# Fusion


@few
@given(raw=st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=4))
def test_fusion_weights_are_shares_and_never_negative(raw: list[float]) -> None:
    fusion = Fusion(len(raw))
    fusion.load_state_dict({"weights": torch.tensor(raw)})
    shares = fusion(list(torch.eye(len(raw)))).tolist()
    positive = [max(0.0, weight) for weight in raw]
    assert shares == pytest.approx([weight / (sum(positive) + 1e-4) for weight in positive])
    assert all(share >= 0 for share in shares)
    assert sum(shares) <= 1


def test_fresh_fusion_weights_average_their_inputs() -> None:
    assert Fusion(3)([torch.tensor(1.0), torch.tensor(2.0), torch.tensor(6.0)]).item() == pytest.approx(3, rel=1e-4)


# The flow of data, written out


def node(state: State, name: str, *inputs: Tensor) -> Tensor:
    raw = state[f"{name}.fusion.weights"].clamp(min=0)
    fused = sum((share * x for share, x in zip(raw / (raw.sum() + 1e-4), inputs, strict=True)), torch.zeros(()))
    swished = fused / (1 + torch.exp(-fused))
    filtered = conv(state, f"{name}.depthwise", swished, padding=1, groups=fused.shape[1])
    return conv_bn(state, f"{name}.pointwise", filtered)


def doubled(x: Tensor, like: Tensor) -> Tensor:
    """Every pixel four times, cut to the finer level where that is odd."""
    return x.repeat_interleave(2, 2).repeat_interleave(2, 3)[:, :, : like.shape[2], : like.shape[3]]


def halved(x: Tensor) -> Tensor:
    """The maximum around every second pixel."""
    return F.pad(x, (1, 1, 1, 1), value=-torch.inf).unfold(2, 3, 2).unfold(3, 3, 2).amax((-1, -2))


def down_and_up(state: State, name: str, levels: list[Tensor], second: list[Tensor]) -> list[Tensor]:
    p3, p4, p5 = levels
    down4 = node(state, f"{name}.down_middle", p4, doubled(p5, p4))
    out3 = node(state, f"{name}.down_fine", p3, doubled(down4, p3))
    out4 = node(state, f"{name}.up_middle", second[0], down4, halved(out3))
    out5 = node(state, f"{name}.up_coarse", second[1], p5, halved(out4))
    return [out3, out4, out5]


@pytest.mark.parametrize("repeats", [1, 2])
def test_information_flows_down_from_the_coarsest_level_and_up_again(repeats: int) -> None:
    pyramid, state = unsettled(BiFPN((3, 4, 6), channels=5, repeats=repeats))
    inputs = [noise(2, 3, 7, 12), noise(2, 4, 4, 6), noise(2, 6, 2, 3)]
    levels = [conv_bn(state, f"reducers.{level}", x) for level, x in enumerate(inputs)]
    second = [conv_bn(state, f"second_reducers.{level}", x) for level, x in enumerate(inputs[1:])]
    for repetition in range(repeats):
        levels = down_and_up(state, f"repetitions.{repetition}", levels, second)
        second = levels[1:]
    torch.testing.assert_close(pyramid(inputs), levels)


def test_the_light_pyramid_reduces_through_fewer_channels() -> None:
    pyramid, state = unsettled(BiFPNLight((3, 4, 6), channels=8, repeats=1))
    inputs = [noise(2, 3, 8, 4), noise(2, 4, 4, 2), noise(2, 6, 2, 1)]

    def reduced(name: str, x: Tensor) -> Tensor:
        narrow = F.conv2d(x, state[f"{name}.0.weight"])
        assert narrow.shape[1] == 2
        shifted = {key.replace(f"{name}.{n + 1}", f"last.{n}"): state[key] for key in state for n in (0, 1)}
        return conv_bn(shifted, "last", narrow)

    levels = [reduced(f"reducers.{level}", x) for level, x in enumerate(inputs)]
    second = [reduced(f"second_reducers.{level}", x) for level, x in enumerate(inputs[1:])]
    torch.testing.assert_close(pyramid(inputs), down_and_up(state, "repetitions.0", levels, second))


@few
@given(height=st.integers(1, 20), width=st.integers(1, 20))
def test_levels_that_are_halved_and_rounded_up_keep_their_sizes(height: int, width: int) -> None:
    sizes = [(-(-height // step), -(-width // step)) for step in (1, 2, 4)]
    pyramid = BiFPN((2, 3, 4), channels=6, repeats=2).eval()
    levels = pyramid([torch.randn(1, width, *size) for width, size in zip((2, 3, 4), sizes, strict=True)])
    assert [level.shape for level in levels] == [(1, 6, *size) for size in sizes]


# What cannot be built


@pytest.mark.parametrize("inputs", [(64,), (64, 128), (64, 128, 256, 512)])
def test_other_than_three_levels_are_refused(inputs: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=f"the pyramid needs three levels, not {len(inputs)}"):
        BiFPN(inputs, channels=8, repeats=1)


def test_no_repetition_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="repeats must be at least 1, not 0"):
        BiFPN(BACKBONE, channels=8, repeats=0)


def test_a_squeeze_that_leaves_no_channel_is_refused() -> None:
    with pytest.raises(ValueError, match="squeeze 9 leaves no channel of 8"):
        BiFPNLight(BACKBONE, channels=8, repeats=1, squeeze=9)
