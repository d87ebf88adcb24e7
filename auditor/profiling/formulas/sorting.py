"""Sorting and searching: comparisons of the best method by comparison, whichever one is used."""

from __future__ import annotations

from math import prod
from typing import Any

from auditor.profiling.formulas.registry import Kind, Shape, Work, each_element, formula

# The logarithms are those to the base of two, rounded up: of n, and of n + 1.


def _halvings(number: int) -> int:
    return (number - 1).bit_length()


def _search(number: int) -> int:
    return number.bit_length()


formula(Kind.SORTING, "median", "nanmedian", "kthvalue", "unique_consecutive")(each_element(1))


@formula(Kind.SORTING, "sort", "mode", "unique_dim")
def sort(x: Shape, dim: int = -1, *_: Any, **__: Any) -> Work:
    return Work(other=prod(x) * _halvings(x[dim] if x else 1))


@formula(Kind.SORTING, "_unique", "_unique2")
def unique(x: Shape, *_: Any, **__: Any) -> Work:
    return Work(other=prod(x) * _halvings(prod(x)))


@formula(Kind.SORTING, "topk")
def top(x: Shape, number: int, *_: Any, **__: Any) -> Work:
    # Every element looks for its place among the best so far.
    return Work(other=prod(x) * _search(number))


@formula(Kind.SORTING, "searchsorted")
def search(ordered: Shape, *_: Any, out: Shape, **__: Any) -> Work:
    return Work(other=prod(out) * _search(ordered[-1]))


@formula(Kind.SORTING, "bucketize")
def bucketize(x: Any, boundaries: Shape, *_: Any, out: Shape, **__: Any) -> Work:
    return search(boundaries, out=out)
