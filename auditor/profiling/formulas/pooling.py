"""Poolings: every result takes in its window."""

from __future__ import annotations

from math import prod
from typing import Any

from auditor.profiling.formulas.registry import Kind, Shape, Work, WorkOf, formula


def _pooling(dimensions: int) -> WorkOf:
    def pooling(x: Shape, kernel: list[int], *_: Any, out: Shape, **__: Any) -> Work:
        # A single size stands for all dimensions.
        window = prod(kernel) if len(kernel) > 1 else kernel[0] ** dimensions
        return Work(other=prod(out) * window)

    return pooling


formula(Kind.POOLING, "max_pool1d", "max_pool1d_with_indices", "avg_pool1d")(_pooling(1))
formula(
    Kind.POOLING,
    *("max_pool2d", "max_pool2d_with_indices", "mkldnn_max_pool2d", "avg_pool2d", "fractional_max_pool2d"),
)(_pooling(2))
formula(
    Kind.POOLING,
    *("max_pool3d", "max_pool3d_with_indices", "mkldnn_max_pool3d", "avg_pool3d", "fractional_max_pool3d"),
)(_pooling(3))


@formula(
    Kind.POOLING,
    *("_adaptive_avg_pool2d", "mkldnn_adaptive_avg_pool2d", "_adaptive_avg_pool3d"),
    *("adaptive_max_pool2d", "adaptive_max_pool3d"),
)
def adaptive_pooling(x: Shape, size: list[int], *_: Any, out: Shape, **__: Any) -> Work:
    dimensions = len(size)
    windows = [_windows(length, parts) for length, parts in zip(x[-dimensions:], size, strict=True)]
    return Work(other=prod(x[:-dimensions]) * prod(windows))


def _windows(length: int, parts: int) -> int:
    """How many elements all windows take in along one dimension: they overlap where it does not part evenly."""
    return sum(-(-(part + 1) * length // parts) - part * length // parts for part in range(parts))
