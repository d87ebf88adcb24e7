"""Factorisations by elimination, and systems solved by them: as many operations as the textbook's loops.

What takes as many steps as values ask for, such as singular values, has no formula.
"""

from __future__ import annotations

from math import prod
from typing import Any

from auditor.profiling.formulas.registry import Kind, Shape, Work, formula


def _factored(matrix: Shape) -> int:
    # Every pivot divides the column below it, and takes from each element to its lower right a product.
    *batch, rows, columns = matrix
    pivots = range(1, min(rows, columns) + 1)
    return prod(batch) * sum((rows - pivot) * (1 + 2 * (columns - pivot)) for pivot in pivots)


def _substituted(triangle: Shape, results: Shape, unit: bool = False) -> int:
    # Every result takes a product from each that follows, and is divided by the diagonal unless that is 1.
    return prod(results) * (triangle[-1] - 1 + (not unit))


def _solved(factors: Shape, results: Shape) -> int:
    return _substituted(factors, results, unit=True) + _substituted(factors, results)


@formula(Kind.ELIMINATION, "linalg_lu", "linalg_lu_factor_ex")
def factors(x: Shape, *_: Any, **__: Any) -> Work:
    return Work(other=_factored(x))


@formula(Kind.ELIMINATION, "_linalg_det")
def determinant(x: Shape, *_: Any, **__: Any) -> Work:
    return Work(other=_factored(x) + prod(x[:-1]))


@formula(Kind.ELIMINATION, "_linalg_slogdet")
def logarithm_of_determinant(x: Shape, *_: Any, **__: Any) -> Work:
    # Of the diagonal, signs and their product; magnitudes, logarithms and their sum.
    return Work(other=_factored(x) + 5 * prod(x[:-1]))


@formula(Kind.ELIMINATION, "linalg_inv_ex", "_linalg_solve_ex")
def solution(x: Shape, *_: Any, out: Shape, **__: Any) -> Work:
    # An inverse solves for every column of the identity.
    return Work(other=_factored(x) + _solved(x, out))


@formula(Kind.ELIMINATION, "linalg_lu_solve")
def solution_by_factors(x: Shape, *_: Any, out: Shape, **__: Any) -> Work:
    return Work(other=_solved(x, out))


@formula(Kind.ELIMINATION, "cholesky", "linalg_cholesky_ex")
def cholesky(x: Shape, *_: Any, **__: Any) -> Work:
    # Each element of the triangle takes a product for each column before; then it is divided, or its root taken.
    *batch, size, _size = x
    return Work(other=prod(batch) * (size * (size**2 - 1) // 3 + size * (size + 1) // 2))


@formula(Kind.ELIMINATION, "cholesky_solve")
def solution_by_cholesky(right: Shape, factor: Shape, *_: Any, out: Shape, **__: Any) -> Work:
    return Work(other=2 * _substituted(factor, out))


@formula(Kind.ELIMINATION, "cholesky_inverse")
def inverse_by_cholesky(factor: Shape, *_: Any, out: Shape, **__: Any) -> Work:
    return Work(other=2 * _substituted(factor, out))


@formula(Kind.ELIMINATION, "linalg_solve_triangular")
def solution_of_triangle(
    triangle: Shape, right: Shape, *_: Any, unitriangular: bool = False, out: Shape, **__: Any
) -> Work:
    return Work(other=_substituted(triangle, out, unitriangular))
