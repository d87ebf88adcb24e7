"""Losses, in models that compute one: by the steps that their definitions take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from kernels import on_meta
from specimens import Does
from torch import Tensor
from torch.nn import functional as F

from auditor import profile
from auditor.profiling.formulas import Kind

SHAPE, N = (3, 4), 12
P, TARGET, WEIGHT = torch.rand(SHAPE), torch.rand(SHAPE), torch.rand(SHAPE)
SCORES, CLASSES, WEIGHTS = torch.randn(5, 4), torch.tensor([0, 1, 2, 3, 0]), torch.rand(4)


def steps(loss: Callable[..., Any], *inputs: Tensor) -> int:
    measured = profile(Does(lambda _, *xs: loss(*xs)), *inputs)
    assert not measured.uncounted
    assert measured.total.macs == 0
    assert on_meta(loss, *inputs).total == measured.total
    return measured.total.flops


@pytest.mark.parametrize(
    ("loss", "by_hand", "in_one"),
    [
        (F.mse_loss, lambda x, y: (x - y) ** 2, True),
        (F.l1_loss, lambda x, y: (x - y).abs(), False),
        (F.soft_margin_loss, lambda x, y: (-y * x).exp().log1p(), True),
        (F.binary_cross_entropy, lambda x, y: -(y * x.log() + (1 - y) * (1 - x).log()), True),
        (F.binary_cross_entropy_with_logits, lambda x, y: (1 - y) * x - F.logsigmoid(x), True),
    ],
    ids=["squares", "magnitudes", "soft margin", "cross-entropy", "cross-entropy of logits"],
)
def test_a_loss_counts_the_steps_of_its_definition_and_of_adding_up(
    loss: Callable[..., Any], by_hand: Callable[..., Any], in_one: bool
) -> None:
    each, added = steps(by_hand, P, TARGET), steps(lambda x, y: by_hand(x, y).mean(), P, TARGET)
    assert steps(lambda x, y: loss(x, y, reduction="none"), P, TARGET) == each
    assert steps(lambda x, y: loss(x, y), P, TARGET) == steps(lambda x, y: loss(x, y, reduction="sum"), P, TARGET)
    assert steps(lambda x, y: loss(x, y), P, TARGET) == added == each + N
    if in_one:
        assert set(profile(Does(lambda _, x, y: loss(x, y)), P, TARGET).by_kind) == {Kind.LOSS}


@pytest.mark.parametrize("loss", [F.binary_cross_entropy, F.binary_cross_entropy_with_logits])
def test_a_weight_is_a_product_for_each_value(loss: Callable[..., Tensor]) -> None:
    plain = steps(lambda x, y: loss(x, y), P, TARGET)
    assert steps(lambda x, y, w: loss(x, y, weight=w), P, TARGET, WEIGHT) == plain + N


def test_a_factor_for_positive_answers_is_found_and_multiplied() -> None:
    plain = steps(lambda x, y: F.binary_cross_entropy_with_logits(x, y), P, TARGET)
    weighted = steps(lambda x, y, w: F.binary_cross_entropy_with_logits(x, y, pos_weight=w), P, TARGET, WEIGHT)
    assert weighted == plain + 4 * N  # (w - 1) y + 1, times
    assert (
        steps(lambda x, y, w: F.binary_cross_entropy_with_logits(x, y, pos_weight=w), P, TARGET, WEIGHT[0, 0])
        == weighted
    )


def test_losses_in_two_parts_count_the_longer_one() -> None:
    # Difference, magnitude, comparison, square, half; the mean. A smooth one also divides.
    assert steps(lambda x, y: F.huber_loss(x, y), P, TARGET) == 6 * N
    assert steps(lambda x, y: F.smooth_l1_loss(x, y), P, TARGET) == 7 * N


def test_a_likelihood_looks_up_one_value_for_each_target() -> None:
    assert steps(lambda x, y: F.nll_loss(x, y, reduction="none"), SCORES, CLASSES) == 5
    assert steps(lambda x, y: F.nll_loss(x, y), SCORES, CLASSES) == 2 * 5
    assert steps(lambda x, y, w: F.nll_loss(x, y, w), SCORES, CLASSES, WEIGHTS) == 4 * 5  # weights are added up, too
    image, labels = torch.randn(2, 4, 3, 3), torch.zeros(2, 3, 3, dtype=torch.int64)
    assert steps(lambda x, y: F.nll_loss(x, y), image, labels) == 2 * 2 * 9


def test_cross_entropy_of_classes_is_a_softmax_and_a_likelihood() -> None:
    assert steps(lambda x, y: F.cross_entropy(x, y), SCORES, CLASSES) == 5 * SCORES.numel() + 2 * 5
