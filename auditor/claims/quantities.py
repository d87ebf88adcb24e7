"""The quantities an expression can use: each a function from a part of a profile to a number."""

from __future__ import annotations

from collections.abc import Callable

from auditor.profiling import Totals

QUANTITIES: dict[str, Callable[[Totals], int]] = {}


def quantity(measure: Callable[[Totals], int]) -> Callable[[Totals], int]:
    """Register a function as the quantity of its name."""
    QUANTITIES[measure.__name__] = measure
    return measure


@quantity
def params(part: Totals) -> int:
    """Distinct parameters."""
    return part.params


@quantity
def trainable(part: Totals) -> int:
    """Distinct parameters that are trained."""
    return part.trainable


@quantity
def buffers(part: Totals) -> int:
    """Values in buffers, such as the running statistics of a norm."""
    return part.buffers


@quantity
def macs(part: Totals) -> int:
    """Multiply-accumulates of convolutions, linear layers and matrix products."""
    return part.macs


@quantity
def flops(part: Totals) -> int:
    """Twice the multiply-accumulates plus every other arithmetic operation."""
    return part.flops
