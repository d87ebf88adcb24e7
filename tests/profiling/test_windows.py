"""Poolings and resampling: the windows of all results, and the neighbours weighed for each."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, prod

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from kernels import other, work_of
from specimens import several
from torch import Tensor, nn
from torch.nn import functional as F

from auditor.profiling.formulas import Work

IMAGE = (2, 4, 6, 6)
N = prod(IMAGE)


POOLS: dict[str, tuple[Callable[..., Tensor], ...]] = {
    "max": (F.max_pool1d, F.max_pool2d, F.max_pool3d),
    "average": (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d),
}


@pytest.mark.parametrize("pools", POOLS.values(), ids=POOLS)
@several
@given(st.data())
def test_pooling_counts_its_window_for_every_result(
    pools: tuple[Callable[..., Tensor], ...], data: st.DataObject
) -> None:
    dimensions = data.draw(st.integers(1, 3))
    each = st.integers(1, 3)
    kernel = data.draw(each | st.tuples(each) | st.tuples(*[each] * dimensions))
    window = [kernel] * dimensions if isinstance(kernel, int) else list(kernel) * (dimensions // len(kernel))
    size, stride = data.draw(st.tuples(*[st.integers(3, 6)] * dimensions)), data.draw(each)
    result = [(n - k) // stride + 1 for n, k in zip(size, window, strict=True)]
    measured = other(lambda x: pools[dimensions - 1](x, kernel_size=kernel, stride=stride), (2, 3, *size))
    assert measured == 2 * 3 * prod(result) * prod(window)


ADAPTIVE: dict[str, tuple[Callable[..., Tensor], ...]] = {
    "average": (F.adaptive_avg_pool1d, F.adaptive_avg_pool2d, F.adaptive_avg_pool3d),
    "max": (F.adaptive_max_pool1d, F.adaptive_max_pool2d, F.adaptive_max_pool3d),
}


@pytest.mark.parametrize("pools", ADAPTIVE.values(), ids=ADAPTIVE)
@several
@given(st.integers(1, 3), st.data())
def test_adaptive_pooling_counts_windows_that_overlap_where_they_do_not_part_evenly(
    pools: tuple[Callable[..., Tensor], ...], dimensions: int, data: st.DataObject
) -> None:
    sizes = st.tuples(*[st.integers(1, 7)] * dimensions)
    size, results = data.draw(sizes), data.draw(sizes)
    taken = [
        sum(1 for part in range(r) for place in range(n) if part * n // r <= place < ceil((part + 1) * n / r))
        for n, r in zip(size, results, strict=True)
    ]
    assert other(lambda x: pools[dimensions - 1](x, results), (2, 3, *size)) == 2 * 3 * prod(taken)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_adaptive_pooling_into_even_parts_takes_in_every_element_once(size: int) -> None:
    for pool in (F.adaptive_avg_pool2d, F.adaptive_max_pool2d):
        assert other(lambda x, pool=pool: pool(x, size), IMAGE) == N


def test_pooling_at_random_places_counts_its_window_for_every_result() -> None:
    assert other(lambda x: F.fractional_max_pool2d(x, 2, output_size=3), IMAGE) == 2 * 4 * 3 * 3 * 2 * 2
    assert other(lambda x: F.fractional_max_pool3d(x, 2, output_size=2), (2, 3, 6, 6, 6)) == 2 * 3 * 2**3 * 2**3


def test_pooling_of_powers_is_what_its_parts_are() -> None:
    # Power; mean of four; sign and magnitude, kept where positive, their product, times four; root.
    assert other(nn.LPPool2d(3, 2), IMAGE) == N + N + (N // 4) * 6


def test_undoing_a_pooling_only_moves_values() -> None:
    assert (
        other(lambda x: F.max_unpool2d(x, torch.zeros(IMAGE, dtype=torch.int64, device=x.device), [2, 2]), IMAGE) == 0
    )


@pytest.mark.parametrize(
    ("mode", "shape", "neighbours"),
    [
        ("nearest", IMAGE, 0),
        ("nearest-exact", IMAGE, 0),
        ("linear", IMAGE[1:], 2),
        ("bilinear", IMAGE, 4),
        ("trilinear", (2, *IMAGE), 8),
        ("bicubic", IMAGE, 16),
        ("area", IMAGE, None),
    ],
)
def test_enlargement_weighs_and_adds_neighbours(mode: str, shape: tuple[int, ...], neighbours: int | None) -> None:
    results = prod(shape) * 2 ** (len(shape) - 2)
    # An area is the mean of the window it comes from, here a single value.
    per_result = 1 if neighbours is None else max(0, 2 * neighbours - 1)
    assert other(lambda x: F.interpolate(x, scale_factor=2, mode=mode), shape) == per_result * results


@pytest.mark.parametrize(("mode", "reach"), [("bilinear", 1), ("bicubic", 2)])
@several
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_antialiasing_weighs_as_many_more_neighbours_as_the_result_is_smaller(
    mode: str, reach: int, height: int, width: int, rows: int, columns: int
) -> None:
    sides = [2 * reach * max(1, ceil(before / after)) for before, after in ((height, rows), (width, columns))]
    measured = other(lambda x: F.interpolate(x, size=(rows, columns), mode=mode, antialias=True), (2, 3, height, width))
    assert measured == 2 * 3 * rows * columns * (2 * prod(sides) - 1)
    plain = other(lambda x: F.interpolate(x, size=(rows, columns), mode=mode), (2, 3, height, width))
    assert measured >= plain
    assert (measured == plain) == (rows >= height and columns >= width)


COORDINATE = 3
"""A coordinate to pixels: it is shifted, scaled, and shifted to the middle of one."""

CUBIC = 2 * (1 + 5) + 2 * (1 + 6) - 1
"""The weights of two near and two far neighbours: a distance, which one has already, and a polynomial."""

GRIDS = [
    ("bilinear", 2, 4, 2 * (COORDINATE + 1 + 1) + 4),  # fraction and its complement; the weights of corners
    ("bilinear", 3, 8, 3 * (COORDINATE + 1 + 1) + 2 * 8),
    ("nearest", 2, 0, 2 * (COORDINATE + 1)),
    ("nearest", 3, 0, 3 * (COORDINATE + 1)),
    ("bicubic", 2, 16, 2 * (COORDINATE + 1 + CUBIC) + 16),
]


@pytest.mark.parametrize(("mode", "dimensions", "neighbours", "finding"), GRIDS)
def test_grid_sampling_also_finds_its_place_once_for_all_channels(
    mode: str, dimensions: int, neighbours: int, finding: int
) -> None:
    x, size = (2, 4, 6, 6, 6)[: 2 + dimensions], (5, 3, 2)[:dimensions]
    grid, positions = (2, *size, dimensions), 2 * prod(size)
    assert other(lambda x, grid: F.grid_sample(x, grid, mode=mode, align_corners=False), x, grid) == (
        4 * positions * max(0, 2 * neighbours - 1) + positions * finding
    )


def test_a_grid_counts_the_same_on_every_device() -> None:
    grid, out = (2, 5, 3, 2), (2, 4, 5, 3)
    expected = Work(other=other(lambda x, grid: F.grid_sample(x, grid, align_corners=False), IMAGE, grid))
    assert work_of("aten.cudnn_grid_sampler", IMAGE, grid, out=out) == expected
    assert work_of("aten._grid_sampler_2d_cpu_fallback", IMAGE, grid, 0, 0, False, out=out) == expected
