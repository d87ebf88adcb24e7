"""Normalisations: what is computed of the values, and what is only looked up."""

from __future__ import annotations

from math import prod
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from kernels import on_meta, other, work_of
from specimens import profile_function, several
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

from auditor import profile
from auditor.profiling.formulas import Kind, Work

IMAGE = (2, 4, 6, 6)
N = prod(IMAGE)
SIZE = st.integers(1, 4)


@pytest.mark.parametrize(
    ("norm", "per_element"),
    [
        # With running statistics: one scale and one shift.
        (nn.BatchNorm2d(4), 2),
        (nn.BatchNorm2d(4, affine=False), 2),
        (nn.InstanceNorm2d(4, track_running_stats=True), 2),
        # Others compute mean (1) and variance (3) and scale by it (1), then come weight and bias.
        (nn.GroupNorm(2, 4), 7),
        (nn.GroupNorm(2, 4, affine=False), 5),
        (nn.LayerNorm((6, 6)), 7),
        (nn.LayerNorm(6, bias=False), 6),
        (nn.LayerNorm(6, elementwise_affine=False), 5),
        # These have no statistics to fall back on, and compute them in evaluation mode too.
        (nn.InstanceNorm2d(4, affine=True), 7),
        (nn.InstanceNorm2d(4), 5),
        (nn.BatchNorm2d(4, track_running_stats=False), 7),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else str(value),
)
def test_a_normalisation_counts_its_statistics_where_it_computes_them(norm: nn.Module, per_element: int) -> None:
    assert other(norm, IMAGE) == per_element * N
    assert on_meta(norm, torch.randn(IMAGE)).total.flops == per_element * N


@pytest.mark.parametrize(
    ("operator", "settings", "per_element"),
    [
        ("aten.cudnn_batch_norm", [(4,), (4,), (4,), (4,), False, 0.1, 1e-5], 2),
        ("aten.miopen_batch_norm", [(4,), (4,), (4,), (4,), False, 0.1, 1e-5], 2),
        ("aten.cudnn_batch_norm", [(4,), (4,), (4,), (4,), True, 0.1, 1e-5], 7),
        ("aten.cudnn_batch_norm", [(4,), (4,), None, None, True, 0.1, 1e-5], 7),
        ("aten._batch_norm_no_update", [(4,), (4,), (4,), (4,), 0.1, 1e-5], 2),
        ("aten._batch_norm_with_update", [(4,), (4,), (4,), (4,), 0.1, 1e-5], 7),
        ("aten._native_batch_norm_legit", [(4,), (4,), (4,), (4,), False, 0.1, 1e-5], 2),
        ("aten._native_batch_norm_legit", [(4,), (4,), True, 0.1, 1e-5], 7),
        ("aten._native_batch_norm_legit", [(4,), (4,), False, 0.1, 1e-5], 7),
        ("aten._native_batch_norm_legit_no_training", [None, None, (4,), (4,), 0.1, 1e-5], 2),
        ("aten.batch_norm_elemt", [(4,), (4,), (4,), (4,), 1e-5], 2),
    ],
)
def test_a_batch_norm_counts_alike_under_all_its_names(operator: str, settings: list[Any], per_element: int) -> None:
    assert work_of(operator, IMAGE, *settings, out=IMAGE) == Work(other=per_element * N)


@several
@given(st.lists(SIZE, max_size=2), st.lists(SIZE, min_size=1, max_size=2), st.booleans())
def test_a_root_mean_square_norm_in_one_operator_counts_what_its_parts_count(
    groups: list[int], shape: list[int], weighted: bool
) -> None:
    norm, size = nn.RMSNorm(shape, elementwise_affine=weighted), (*groups, *shape)
    # Per element: square, mean, multiply, and by the weight; per group: add a little, take the root.
    expected = prod(size) * (3 + weighted) + 2 * prod(groups)
    assert other(norm, size) == expected
    weight = tuple(shape) if weighted else None
    assert work_of("aten._fused_rms_norm", size, shape, weight, None, out=size) == Work(other=expected)


@several
@given(SIZE, SIZE, st.sampled_from([None, 0, 1]))
def test_a_weight_norm_in_one_operator_counts_what_its_parts_count(rows: int, columns: int, dim: Any) -> None:
    def layer() -> nn.Linear:
        return nn.Linear(columns, rows, bias=False)

    x = torch.randn(2, columns)
    plain = profile(layer(), x).total.work
    lengths = 1 if dim is None else (rows, columns)[dim]
    for measure in (profile, on_meta):
        measured = measure(parametrizations.weight_norm(layer(), dim=dim), x)
        assert not measured.uncounted
        # Per weight: square, sum, scale; per row: its length by its norm.
        assert measured.total.work - plain == Work(other=3 * rows * columns + lengths)


def test_a_spectral_norm_multiplies_its_weight_by_the_vectors_it_keeps() -> None:
    x = torch.randn(2, 3)
    plain = profile(nn.Linear(3, 4), x).total.work
    normed = profile(parametrizations.spectral_norm(nn.Linear(3, 4)), x)
    assert normed.total.work - plain == Work(4 * 3 + 4, 4 * 3)  # the weight by one, then by the other; divided
    assert not normed.uncounted


def test_a_local_response_norm_squares_sums_neighbours_and_takes_a_power() -> None:
    # Square; mean over 3 channels; times, plus, to the power; divide.
    assert other(nn.LocalResponseNorm(3), IMAGE) == N * (1 + 3 + 3 + 1)


def test_limiting_norms_counts_the_norm_and_the_scale_of_every_value() -> None:
    assert other(lambda x: x.renorm(2, 0, 1.0), IMAGE) == 3 * N
    assert other(lambda x: F.embedding(torch.tensor([0, 2, 2]), x, max_norm=1.0), (5, 7)) == 3 * 3 * 7


def test_all_of_it_is_normalisation() -> None:
    for function in (nn.LayerNorm(6), nn.GroupNorm(2, 4), lambda x: x.renorm(2, 0, 1.0)):
        assert set(profile_function(function, IMAGE).by_kind) == {Kind.NORMALIZATION}
