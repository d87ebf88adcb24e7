"""Detection heads: which number of the answer belongs to which anchor, and what the heads cost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from by_hand import M, State, conv_bn, count, few, noise, unsettled
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from auditor.models.heads import AnchorHeads, Detections, SharedMultiHead

sides = st.integers(1, 6)
anchors_per_position = st.integers(1, 4)


# Shapes and parameters


@pytest.mark.parametrize("heads", [AnchorHeads, SharedMultiHead])
@few
@given(sizes=st.lists(st.tuples(sides, sides), min_size=1, max_size=4), anchors=anchors_per_position)
def test_every_position_of_every_level_has_its_anchors(
    heads: type[AnchorHeads] | type[SharedMultiHead], sizes: list[tuple[int, int]], anchors: int
) -> None:
    model = heads((8,) * len(sizes), anchors=anchors).eval()
    detections: Detections = model([torch.randn(2, 8, *size) for size in sizes])
    total = anchors * sum(height * width for height, width in sizes)
    assert [part.shape for part in detections] == [(2, total, 4), (2, total, 2), (2, total, 10)]


def test_an_image_of_640_by_640_has_16800_anchors() -> None:
    detections = AnchorHeads((1, 1, 1))([torch.zeros(1, 1, side, side) for side in (80, 40, 20)])
    assert [part.shape for part in detections] == [(1, 16_800, 4), (1, 16_800, 2), (1, 16_800, 10)]


def test_nine_heads_at_64_channels_have_the_documented_parameters() -> None:
    assert count(AnchorHeads((64, 64, 64))) == 780 + 1_560 + 3_900


@few
@given(inputs=st.lists(st.integers(2, 80), min_size=1, max_size=4), anchors=anchors_per_position)
def test_an_anchor_costs_16_times_the_width_and_a_bias(inputs: list[int], anchors: int) -> None:
    assert count(AnchorHeads(tuple(inputs), anchors=anchors)) == sum(16 * anchors * (c + 1) for c in inputs)


def shared_params(channels: int, anchors: int) -> int:
    half = channels // 2
    return 9 * channels * half + 2 * half + 16 * anchors * (half + 1)


@few
@given(inputs=st.lists(st.integers(2, 80), min_size=1, max_size=4), anchors=anchors_per_position)
def test_shared_heads_cost_a_trunk_and_predictors_per_level(inputs: list[int], anchors: int) -> None:
    expected = sum(shared_params(channels, anchors) for channels in inputs)
    assert count(SharedMultiHead(tuple(inputs), anchors=anchors)) == expected


# The order of the answers


def predicted(state: State, name: str, levels: list[Tensor], values: int, anchors: int) -> Iterator[list[float]]:
    """What one 1×1 convolution says of every anchor: by level, row, column, then anchor."""
    for level, (x,) in enumerate(levels):
        weight, bias = state[name.format(level) + ".weight"][:, :, 0, 0], state[name.format(level) + ".bias"]
        for row in range(x.shape[1]):
            for column in range(x.shape[2]):
                answer = (weight @ x[:, row, column] + bias).tolist()
                yield from (answer[values * anchor :][:values] for anchor in range(anchors))


def assert_in_order(detections: Detections, state: State, head: str, levels: list[Tensor], anchors: int) -> None:
    for name, part in zip(("boxes", "classes", "landmarks"), detections, strict=True):
        expected = list(predicted(state, f"{head}.{name}", levels, part.shape[2], anchors))
        torch.testing.assert_close(part[0], torch.tensor(expected, dtype=part.dtype))


def unscored(heads: M) -> M:
    """In training mode, but with the norms still normalising by their statistics."""
    heads.train()
    for module in heads.modules():
        module.train(not isinstance(module, nn.BatchNorm2d))
    return heads


def test_anchors_are_ordered_by_level_then_row_then_column() -> None:
    heads, state = unsettled(AnchorHeads((3, 5), anchors=2))
    levels = [noise(1, 3, 2, 4), noise(1, 5, 3, 1)]
    assert_in_order(unscored(heads)(levels), state, "levels.{}", levels, anchors=2)


def test_shared_heads_rectify_a_common_trunk_before_they_predict() -> None:
    heads, state = unsettled(SharedMultiHead((4, 6), anchors=3))
    levels = [noise(1, 4, 2, 4), noise(1, 6, 3, 1)]
    trunks = [conv_bn(state, f"heads.{level}.trunk", x, padding=1).clamp(min=0) for level, x in enumerate(levels)]
    assert_in_order(unscored(heads)(levels), state, "heads.{}.predictors", trunks, anchors=3)


@pytest.mark.parametrize("heads", [AnchorHeads, SharedMultiHead])
def test_classes_are_probabilities_in_evaluation_and_plain_scores_in_training(
    heads: type[AnchorHeads] | type[SharedMultiHead],
) -> None:
    model, _ = unsettled(heads((4, 6)))
    levels = [noise(2, 4, 2, 4), noise(2, 6, 3, 1)]
    evaluated: Detections = model(levels)
    trained: Detections = unscored(model)(levels)
    odds = trained.classes.exp()
    torch.testing.assert_close(evaluated.classes, odds / odds.sum(dim=2, keepdim=True))
    assert torch.equal(evaluated.boxes, trained.boxes)
    assert torch.equal(evaluated.landmarks, trained.landmarks)


# One head for all levels


def test_a_single_head_costs_as_much_as_one_and_serves_every_level() -> None:
    single, _ = unsettled(SharedMultiHead((8, 8, 8), single=True))
    assert count(single) == shared_params(8, anchors=2)
    x = noise(1, 8, 2, 3)
    for part in single([x, x, x]):
        first, *others = part.split(12, dim=1)
        assert all(torch.equal(first, other) for other in others)


def test_heads_of_their_own_answer_differently() -> None:
    separate, _ = unsettled(SharedMultiHead((8, 8)))
    x = noise(1, 8, 2, 3)
    assert all(not torch.equal(*part.split(12, dim=1)) for part in separate([x, x]))


def test_a_single_head_for_levels_of_several_widths_is_refused() -> None:
    with pytest.raises(ValueError, match="a single head needs levels of one width, not 64, 128"):
        SharedMultiHead((64, 128), single=True)
