"""Fourier transforms: 5 n log₂ n real operations of n complex values, half of that of n real ones.

The logarithm is rounded up, so that the count is a whole number whatever the length; a transform of
several dimensions is one after the other.
"""

from __future__ import annotations

from math import prod
from typing import Any

from auditor.profiling.formulas.registry import Kind, Shape, Work, formula


def _transformed(shape: Shape, dimensions: list[int]) -> int:
    return 5 * prod(shape) * sum((shape[dimension] - 1).bit_length() for dimension in dimensions)


@formula(Kind.FOURIER, "_fft_c2c")
def complex_transform(x: Shape, dimensions: list[int], *_: Any, **__: Any) -> Work:
    return Work(other=_transformed(x, dimensions))


@formula(Kind.FOURIER, "_fft_r2c")
def real_transform(x: Shape, dimensions: list[int], *_: Any, **__: Any) -> Work:
    return Work(other=_transformed(x, dimensions) // 2)


@formula(Kind.FOURIER, "_fft_c2r")
def transform_to_real(x: Shape, dimensions: list[int], *_: Any, out: Shape, **__: Any) -> Work:
    return Work(other=_transformed(out, dimensions) // 2)
