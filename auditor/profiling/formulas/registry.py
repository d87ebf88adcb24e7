"""The register of formulas: what each operator costs, by a pure function of shapes.

A formula takes the operator's arguments, with every tensor replaced by its shape, and the shape of
its (first) result as `out`. Shapes are tuples, and lists of numbers lists, which tells them apart.
It returns the multiply-accumulates and the other arithmetic apart, so that no convention is chosen
here. Adding an operator is adding one decorated function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import zip_longest
from math import prod

Shape = tuple[int, ...]


class Kind(Enum):
    """What sort of work an operator does."""

    CONVOLUTION = "convolution"
    MATRIX = "matrix product"
    ATTENTION = "attention"
    NORMALIZATION = "normalization"
    ACTIVATION = "activation"
    SOFTMAX = "softmax"
    POOLING = "pooling"
    RESAMPLING = "resampling"
    REDUCTION = "reduction"
    SORTING = "sorting"
    FOURIER = "Fourier transform"
    ELIMINATION = "elimination"
    LOSS = "loss"
    ELEMENTWISE = "elementwise"


PRODUCTS = frozenset({Kind.CONVOLUTION, Kind.MATRIX, Kind.ATTENTION})
"""The kinds that multiply and accumulate, which count in integers, too."""


@dataclass(frozen=True)
class Work:
    """Arithmetic done: multiply-accumulates, and single operations beside them."""

    macs: int = 0
    other: int = 0

    @property
    def flops(self) -> int:
        return 2 * self.macs + self.other

    def __add__(self, more: Work) -> Work:
        return Work(self.macs + more.macs, self.other + more.other)

    def __sub__(self, less: Work) -> Work:
        return Work(self.macs - less.macs, self.other - less.other)


NO_WORK = Work()

WorkOf = Callable[..., Work]


@dataclass(frozen=True)
class Formula:
    kind: Kind
    work: WorkOf


FORMULAS: dict[str, Formula] = {}
"""By operator name without overload, such as `aten.convolution`; in-place forms share an entry."""


def formula(kind: Kind, *operators: str) -> Callable[[WorkOf], WorkOf]:
    """Register a function as the formula of some operators, PyTorch's own if no namespace is given."""

    def register(work: WorkOf) -> WorkOf:
        for operator in operators:
            FORMULAS[operator if "." in operator else f"aten.{operator}"] = Formula(kind, work)
        return work

    return register


def each_result(operations: int) -> WorkOf:
    """A formula of so many operations for every result."""
    return lambda *_, out, **__: Work(other=operations * prod(out))


def each_element(operations: int) -> WorkOf:
    """A formula of so many operations for every element taken in."""
    return lambda x, *_, **__: Work(other=operations * prod(x))


def broadcast(*shapes: Sequence[int]) -> list[int]:
    """The shape that several shapes have in common, those of size one stretched."""
    sizes = zip_longest(*(reversed(shape) for shape in shapes), fillvalue=1)
    return [0 if 0 in together else max(together) for together in sizes][::-1]


ELEMENTWISE = Formula(Kind.ELEMENTWISE, each_result(1))
"""The formula of every operator that works element by element and has none of its own."""
