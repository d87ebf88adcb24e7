"""Channel shuffles: where each channel goes, and the bottleneck that may follow."""

from __future__ import annotations

import pytest
import torch
from by_hand import conv_bn, count, few, noise, unsettled
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from auditor.models.shuffle import ChannelShuffle, ShuffleUnit

sizes = st.integers(1, 8)


def numbered(channels: int) -> Tensor:
    """Maps of one pixel each, the value being the channel's number."""
    return torch.arange(float(channels))[None, :, None, None]


def test_channels_of_two_groups_are_interleaved() -> None:
    assert ChannelShuffle(8, groups=2)(numbered(8)).flatten().tolist() == [0, 4, 1, 5, 2, 6, 3, 7]


@few
@given(groups=sizes, per_group=sizes)
def test_the_first_channel_of_each_group_comes_before_the_second_of_any(groups: int, per_group: int) -> None:
    shuffled = ChannelShuffle(groups * per_group, groups=groups)(numbered(groups * per_group))
    dealt = [group * per_group + member for member in range(per_group) for group in range(groups)]
    assert shuffled.flatten().tolist() == dealt


@few
@given(groups=sizes, per_group=sizes)
def test_shuffling_again_with_as_many_groups_as_channels_per_group_undoes_it(groups: int, per_group: int) -> None:
    x = noise(2, groups * per_group, 3, 2)
    there = ChannelShuffle(groups * per_group, groups=groups)
    back = ChannelShuffle(groups * per_group, groups=per_group)
    assert torch.equal(back(there(x)), x)


def test_maps_move_whole() -> None:
    x = noise(2, 6, 4, 5)
    assert torch.equal(ChannelShuffle(6, groups=3)(x), x[:, [0, 2, 4, 1, 3, 5]])


def test_a_shuffle_has_no_parameters() -> None:
    assert count(ChannelShuffle(64)) == 0


@pytest.mark.parametrize("shuffle", [ChannelShuffle, ShuffleUnit])
@pytest.mark.parametrize("groups", [5, 0, -2])
def test_channels_that_groups_do_not_divide_are_refused(
    shuffle: type[ChannelShuffle] | type[ShuffleUnit], groups: int
) -> None:
    with pytest.raises(ValueError, match=f"8 channels cannot be split into {groups} groups"):
        shuffle(8, groups=groups)


def test_a_unit_of_64_channels_has_4640_parameters() -> None:
    assert count(ShuffleUnit(64)) == 4_640


@few
@given(half=st.integers(1, 60))
def test_a_units_parameters_are_three_convolutions_and_their_norms(half: int) -> None:
    channels = 2 * half
    expected = (channels * half + 2 * half) + (9 * half + 2 * half) + (half * channels + 2 * channels)
    assert count(ShuffleUnit(channels)) == expected


@pytest.mark.parametrize(("groups", "order"), [(2, [0, 3, 1, 4, 2, 5]), (3, [0, 2, 4, 1, 3, 5])])
def test_a_unit_shuffles_reduces_filters_and_expands(groups: int, order: list[int]) -> None:
    unit, state = unsettled(ShuffleUnit(6, groups=groups))
    x = noise(2, 6, 5, 4)
    reduced = conv_bn(state, "reduce", x[:, order])
    filtered = conv_bn(state, "depthwise", reduced, padding=1, groups=3)
    torch.testing.assert_close(unit(x), conv_bn(state, "expand", filtered).clamp(min=0))
