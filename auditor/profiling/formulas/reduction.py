"""Reductions, running ones, and sums into chosen places: every element taken in counts."""

from __future__ import annotations

from math import prod
from typing import Any

from auditor.profiling.formulas.registry import Kind, Shape, Work, broadcast, each_element, formula

formula(
    Kind.REDUCTION,
    *("mean", "sum", "prod", "amax", "amin", "argmax", "argmin", "all", "any", "equal"),
    *("count_nonzero", "nonzero", "nonzero_static", "cumsum", "cumprod", "cummax", "cummin", "bincount"),
    *("segment_reduce", "unfold_backward", "col2im"),
)(each_element(1))
formula(Kind.REDUCTION, "aminmax", "_aminmax", "nansum")(each_element(2))  # both; or told from what is no number
formula(Kind.REDUCTION, "norm", "linalg_vector_norm", "linalg__powsum")(each_element(2))  # square, add
formula(Kind.REDUCTION, "var", "std", "var_mean", "std_mean")(each_element(4))  # mean; subtract, square, add
formula(Kind.REDUCTION, "histc")(each_element(3))  # subtract, divide, count


@formula(Kind.REDUCTION, "max", "min")
def extreme(x: Shape, other: Any = None, *_: Any, out: Shape, **__: Any) -> Work:
    # With a second tensor it compares element by element.
    return Work(other=prod(out if isinstance(other, tuple) else x))


@formula(Kind.REDUCTION, "logsumexp", "logcumsumexp", "_logcumsumexp")
def log_sum_exp(x: Shape, *_: Any, out: Shape, **__: Any) -> Work:
    # Per element: maximum, subtraction, exponential, sum; per result: logarithm, and the maximum again.
    return Work(other=4 * prod(x) + 2 * prod(out))


@formula(Kind.REDUCTION, "scatter_add", "scatter_reduce")
def scattered_sum(x: Shape, dimension: int, index: Shape, *_: Any, **__: Any) -> Work:
    return Work(other=prod(index))


@formula(Kind.REDUCTION, "index_add", "index_reduce")
def indexed_sum(x: Shape, dimension: int, index: Shape, source: Shape, *_: Any, **__: Any) -> Work:
    return Work(other=prod(source))


@formula(Kind.REDUCTION, "scatter")
def scatter(x: Shape, dimension: int, index: Shape, *_: Any, reduce: str | None = None, **__: Any) -> Work:
    return Work(other=prod(index) if reduce else 0)


@formula(Kind.REDUCTION, "index_put", "_index_put_impl", "_unsafe_index_put", "put")
def put(x: Shape, index: Any, source: Shape, accumulate: bool = False, *_: Any, **__: Any) -> Work:
    return Work(other=prod(source) if accumulate else 0)


_MEAN = 1
"""The way of an embedding bag that divides its sums."""


@formula(Kind.REDUCTION, "_embedding_bag", "_embedding_bag_forward_only")
def embedding_bag(
    weight: Shape,
    indices: Shape,
    offsets: Shape,
    by_frequency: bool = False,
    way: int = 0,
    sparse: bool = False,
    factors: Shape | None = None,
    *_: Any,
    out: Shape,
    **__: Any,
) -> Work:
    # Every row looked up is taken in, by its factor if it has one; a mean divides in the end.
    return Work(other=prod(indices) * weight[-1] * (1 + bool(factors)) + prod(out) * (way == _MEAN))


@formula(Kind.REDUCTION, "dist")
def distance(a: Shape, b: Shape, *_: Any, **__: Any) -> Work:
    # Per pair of elements: difference, square, add.
    return Work(other=3 * prod(broadcast(a, b)))


@formula(Kind.REDUCTION, "_pdist_forward")
def distances_of_pairs(x: Shape, *_: Any, out: Shape, **__: Any) -> Work:
    # Each coordinate: difference, power, sum; then the root.
    return Work(other=prod(out) * (3 * x[-1] + 1))


@formula(Kind.REDUCTION, "trace")
def trace(x: Shape, *_: Any, **__: Any) -> Work:
    return Work(other=min(x))
