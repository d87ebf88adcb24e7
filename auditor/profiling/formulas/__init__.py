"""What operators cost: a register of pure functions from shapes to arithmetic, one module for each family."""

from auditor.profiling.formulas import (
    activation,
    attention,
    convolution,
    elementwise,
    elimination,
    fourier,
    loss,
    normalization,
    pooling,
    products,
    recurrent,
    reduction,
    resampling,
    sorting,
)
from auditor.profiling.formulas.registry import (
    ELEMENTWISE,
    FORMULAS,
    NO_WORK,
    PRODUCTS,
    Formula,
    Kind,
    Shape,
    Work,
    formula,
)

FAMILIES = (
    *(convolution, products, attention, recurrent, normalization, activation, pooling, resampling, reduction),
    *(sorting, fourier, elimination, loss, elementwise),
)
"""The modules of formulas, one for each family of operators; importing them registers their formulas."""

__all__ = ["ELEMENTWISE", "FAMILIES", "FORMULAS", "NO_WORK", "PRODUCTS", "Formula", "Kind", "Shape", "Work", "formula"]
