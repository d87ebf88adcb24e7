"""Reductions, sums into places, sorting and searching: every element taken in, and every comparison."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, log2, prod
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from kernels import other
from specimens import profile_function, several
from torch import Tensor, nn
from torch.nn import functional as F

from auditor import profile
from auditor.profiling.formulas import Kind

IMAGE = (2, 4, 6, 6)
N = prod(IMAGE)


@pytest.mark.parametrize(
    ("function", "per_element"),
    [
        # Maximum, subtraction, exponential, sum, division.
        pytest.param(lambda x: F.softmax(x, 1), 5, id="softmax"),
        pytest.param(lambda x: F.log_softmax(x, 1), 5, id="log_softmax"),
        pytest.param(lambda x: F.softmin(x, 1), 6, id="softmin"),
        pytest.param(lambda x: x.mean((2, 3)), 1, id="mean"),
        pytest.param(lambda x: x.sum(), 1, id="sum"),
        pytest.param(lambda x: x.prod(1), 1, id="prod"),
        pytest.param(lambda x: x.amax(1, keepdim=True), 1, id="amax"),
        pytest.param(lambda x: x.max(1), 1, id="max"),
        pytest.param(lambda x: x.min(), 1, id="min"),
        pytest.param(lambda x: x.amin(), 1, id="amin"),
        pytest.param(lambda x: x.argmax(1), 1, id="argmax"),
        pytest.param(lambda x: x.argmin(1), 1, id="argmin"),
        pytest.param(lambda x: x.aminmax(dim=1), 2, id="aminmax"),
        pytest.param(lambda x: x.cumsum(1), 1, id="cumsum"),
        pytest.param(lambda x: x.cumprod(1), 1, id="cumprod"),
        pytest.param(lambda x: (x.cummax(1), x.cummin(1)), 2, id="cummax and cummin"),
        pytest.param(lambda x: (x.all(), x.any(1)), 2, id="all and any"),
        pytest.param(lambda x: x.count_nonzero(), 1, id="count_nonzero"),
        pytest.param(lambda x: x.nansum(1), 2, id="nansum"),
        # The mean, then subtraction, square and sum.
        pytest.param(lambda x: x.var(1), 4, id="var"),
        pytest.param(lambda x: x.std(), 4, id="std"),
        pytest.param(lambda x: torch.var_mean(x, 1), 4, id="var_mean"),
        pytest.param(lambda x: torch.std_mean(x, 1), 4, id="std_mean"),
        # Square and sum alone.
        pytest.param(lambda x: x.norm(dim=1), 2, id="norm"),
        pytest.param(lambda x: torch.linalg.vector_norm(x), 2, id="vector_norm"),
        pytest.param(lambda x: torch.dist(x, x[:, :1]), 3, id="dist"),
        # The place of a bin is a difference and a division.
        pytest.param(lambda x: x.histc(10, -3, 3), 3, id="histc"),
        # Maximum, subtraction, exponential, sum; for each result a logarithm, and the maximum again.
        pytest.param(lambda x: x.logsumexp(1), 4 + 2 / 4, id="logsumexp"),
        pytest.param(lambda x: x.logcumsumexp(1), 4 + 2, id="logcumsumexp"),
        pytest.param(lambda x: F.fold(F.unfold(x, 2, stride=2), (6, 6), 2, stride=2), 1, id="fold"),
        pytest.param(lambda x: torch.linalg.cross(x[:, :3], x[:, 1:], dim=1), 3 * 3 / 4, id="cross"),
        pytest.param(lambda x: x[0, 0].trace(), 6 / N, id="trace"),
    ],
)
def test_a_reduction_counts_the_elements_it_takes_in(function: Callable[..., Any], per_element: float) -> None:
    assert other(function, IMAGE) == per_element * N


@pytest.mark.parametrize(
    ("function", "per_element"),
    [
        (lambda x: x.nonzero(), 1),
        (lambda x: torch.equal(x, x.clone()), 1),
        (torch.unique_consecutive, 1),
        (lambda x: torch.bincount(torch.arange(N), x.flatten()), 1),
        (lambda x: torch.segment_reduce(x.flatten(), "sum", lengths=torch.tensor([N])), 1),
    ],
    ids=["nonzero", "equal", "unique_consecutive", "bincount", "segment_reduce"],
)
def test_a_question_of_values_takes_in_every_element(function: Callable[..., Any], per_element: int) -> None:
    measured = profile_function(function, IMAGE)
    assert measured.total.flops == per_element * N
    assert not measured.uncounted


def test_distances_within_a_set_count_every_pair_once() -> None:
    assert other(F.pdist, (5, 3)) == 5 * 4 // 2 * (3 * 3 + 1)


def test_the_greater_of_two_tensors_counts_the_elements_of_the_broadcast_result() -> None:
    for function in (torch.max, torch.min, torch.maximum):
        assert other(function, (3, 1), (1, 4)) == 3 * 4
        with torch.inference_mode():
            assert other(function, (3, 1), (1, 4)) == 3 * 4


ROWS = [0, 0, 3]

INTO: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "index_add": lambda x, rows: x.index_add(0, rows, x[:3]),
    "index_reduce": lambda x, rows: x.index_reduce(0, rows, x[:3], "amax"),
    "scatter_add": lambda x, rows: x.scatter_add(0, rows[:, None].expand(3, 4), x),
    "scatter_reduce": lambda x, rows: x.scatter_reduce(0, rows[:, None].expand(3, 4), x, "mean"),
    "scatter with reduce": lambda x, rows: x.scatter(0, rows[:, None].expand(3, 4), x, reduce="add"),
    "index_put": lambda x, rows: x.index_put((rows,), x[:3], accumulate=True),
}


@pytest.mark.filterwarnings("ignore:index_reduce", "ignore:The reduce argument")
@pytest.mark.parametrize("function", INTO.values(), ids=INTO)
def test_adding_into_places_counts_every_element_added(function: Callable[[Tensor, Tensor], Tensor]) -> None:
    assert other(lambda x: function(x, torch.tensor(ROWS, device=x.device)), (5, 4)) == 3 * 4


@pytest.mark.parametrize(
    "function",
    [
        lambda x, rows: x.index_put((rows,), x[:3]),
        lambda x, rows: x.scatter(0, rows[:, None].expand(3, 4), x),
        lambda x, rows: x.index_copy(0, rows, x[:3]),
    ],
    ids=["index_put", "scatter", "index_copy"],
)
def test_putting_into_places_counts_nothing(function: Callable[[Tensor, Tensor], Tensor]) -> None:
    assert other(lambda x: function(x, torch.tensor(ROWS, device=x.device)), (5, 4)) == 0


@pytest.mark.parametrize(("mode", "weighted"), [("sum", False), ("mean", False), ("max", False), ("sum", True)])
def test_a_bag_of_embeddings_takes_in_every_row_that_is_looked_up(mode: str, weighted: bool) -> None:
    rows, width, bags = 5, 3, 2
    bag = nn.EmbeddingBag(10, width, mode=mode)
    indices, starts = torch.randint(10, (rows,)), torch.tensor([0, 4])
    weights = {"per_sample_weights": torch.rand(rows)} if weighted else {}
    for frozen in (False, True):  # which has a kernel of its own
        bag.requires_grad_(not frozen)
        measured = profile(bag, indices, starts, **weights)
        assert measured.total.flops == rows * width * (1 + weighted) + (bags * width if mode == "mean" else 0)
        assert not measured.uncounted


def levels(number: int) -> int:
    """How often so many can be halved until one is left."""
    return ceil(log2(number))


@several
@given(st.integers(1, 5), st.integers(1, 40))
def test_sorting_compares_every_element_as_often_as_a_row_can_be_halved(rows: int, length: int) -> None:
    shape = (rows, length)
    by_row, all_at_once = rows * length * levels(length), rows * length * levels(rows * length)
    assert other(lambda x: x.sort(), shape) == other(lambda x: x.argsort(), shape) == by_row
    assert other(lambda x: torch.sort(x, stable=True, dim=0), shape) == rows * length * levels(rows)
    assert other(lambda x: x.mode(), shape) == by_row
    assert profile_function(torch.unique, shape).total.flops == all_at_once
    assert profile_function(lambda x: torch.unique(x, dim=1), shape).total.flops == by_row


@several
@given(st.integers(1, 5), st.integers(1, 40), st.data())
def test_the_best_few_are_found_by_their_place_among_the_best_so_far(
    rows: int, length: int, data: st.DataObject
) -> None:
    few = data.draw(st.integers(1, length))
    assert other(lambda x: x.topk(few), (rows, length)) == rows * length * levels(few + 1)
    # Finding a single one takes one comparison for each element, as a maximum does.
    for function in (torch.median, torch.nanmedian, lambda x: x.median(0), lambda x: x.kthvalue(few)):
        assert other(function, (rows, length)) == rows * length


@several
@given(st.integers(1, 40), st.integers(1, 40))
def test_a_search_compares_every_value_as_often_as_the_boundaries_can_be_halved(values: int, boundaries: int) -> None:
    assert other(torch.bucketize, (values,), (boundaries,)) == values * levels(boundaries + 1)
    assert other(torch.searchsorted, (boundaries,), (values,)) == values * levels(boundaries + 1)


def test_what_compares_and_adds_is_told_apart() -> None:
    for function, kind in ((torch.sort, Kind.SORTING), (torch.cumsum, Kind.REDUCTION)):
        assert set(profile_function(lambda x, function=function: function(x, 0), (3, 4)).by_kind) == {kind}
