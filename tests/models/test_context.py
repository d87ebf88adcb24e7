"""Context modules: how far they see, what they compute, and what that costs."""

from __future__ import annotations

import pytest
import torch
from by_hand import State, conv_bn, count, few, noise, unsettled
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from auditor.models.context import SSH, ConvContext, SSHGrouped

# Parameters


def ssh_params(channels: int) -> int:
    """Five deformable convolutions with norms, one of them to the half and four to a quarter."""
    half, quarter = channels // 2, channels // 4
    steps = [(channels, half), (channels, quarter), *[(quarter, quarter)] * 3]
    return sum(i * 9 * 18 + 18 + i * 9 * 9 + 9 + 9 * i * o + 2 * o for i, o in steps)


def ssh_grouped_params(channels: int, groups: int) -> int:
    half, quarter = channels // 2, channels // 4
    return 9 * (channels * half + channels * quarter + 3 * quarter**2) // groups + 2 * (half + 4 * quarter)


@pytest.mark.parametrize(("channels", "params"), [(64, 77_655), (56, 64_185)])
def test_ssh_has_the_documented_parameters(channels: int, params: int) -> None:
    assert count(SSH(channels)) == params


@few
@given(quarter=st.integers(1, 20))
def test_ssh_is_five_deformable_convolutions(quarter: int) -> None:
    assert count(SSH(4 * quarter)) == ssh_params(4 * quarter)


@few
@given(groups=st.integers(1, 6), per_group=st.integers(1, 5))
def test_groups_divide_the_weights_of_the_kernels_and_not_of_the_norms(groups: int, per_group: int) -> None:
    channels = 4 * groups * per_group
    assert count(SSHGrouped(channels, groups=groups)) == ssh_grouped_params(channels, groups)


@few
@given(channels=st.integers(1, 100))
def test_the_plain_context_is_one_3x3_convolution_and_a_norm(channels: int) -> None:
    assert count(ConvContext(channels)) == 9 * channels**2 + 2 * channels


def test_the_plain_context_of_74_channels_has_49432_parameters() -> None:
    assert count(ConvContext(74)) == 49_432


# What they compute


def leaky(x: Tensor) -> Tensor:
    return torch.where(x > 0, x, 0.1 * x)


def three_branches(state: State, x: Tensor, groups: int) -> Tensor:
    """A 3×3 convolution, two of them and three of them, the last two branches with a common first."""

    def step(name: str, x: Tensor) -> Tensor:
        return conv_bn(state, name, x, padding=1, groups=groups)

    shared = leaky(step("shared", x))
    branches = (step("see_3", x), step("see_5", shared), step("see_7", leaky(step("widen", shared))))
    return torch.cat(branches, dim=1).clamp(min=0)


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_the_grouped_ssh_is_three_branches_side_by_side(groups: int) -> None:
    context, state = unsettled(SSHGrouped(16, groups=groups))
    x = noise(2, 16, 6, 9)
    torch.testing.assert_close(context(x), three_branches(state, x, groups))


def test_a_fresh_ssh_is_three_branches_of_ordinary_convolutions() -> None:
    torch.manual_seed(0)
    context = SSH(16).double().eval()
    x = noise(2, 16, 6, 9)
    torch.testing.assert_close(context(x), three_branches(context.state_dict(), x, groups=1))


def test_the_plain_context_convolves_normalises_and_rectifies() -> None:
    context, state = unsettled(ConvContext(5))
    x = noise(2, 5, 6, 9)
    torch.testing.assert_close(context(x), conv_bn(state, "conv", x, padding=1).clamp(min=0))


@pytest.mark.parametrize(
    ("branch", "seen"), [(slice(0, 32), 3), (slice(32, 48), 5), (slice(48, 64), 7)], ids=["3x3", "5x5", "7x7"]
)
def test_each_branch_sees_as_far_as_its_name_says(branch: slice, seen: int) -> None:
    context, _ = unsettled(SSHGrouped(64))
    x = noise(1, 64, 11, 11)
    touched = x.clone()
    touched[:, :, 5, 5] += 10
    changed = (context(touched) != context(x))[0, branch].any(dim=0)
    window = torch.zeros(11, 11, dtype=torch.bool)
    reach = seen // 2
    window[5 - reach : 6 + reach, 5 - reach : 6 + reach] = True
    assert torch.equal(changed, window)


@pytest.mark.parametrize("context", [SSH, SSHGrouped])
def test_channels_without_quarters_are_refused(context: type[SSH] | type[SSHGrouped]) -> None:
    with pytest.raises(ValueError, match="74 channels cannot be split into a half and two quarters"):
        context(74)
