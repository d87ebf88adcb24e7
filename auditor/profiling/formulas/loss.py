"""Losses, for models that compute one: their steps for each value, and one more to add them up."""

from __future__ import annotations

from math import prod
from typing import Any

from auditor.profiling.formulas.registry import Kind, Shape, Work, WorkOf, formula

_MEAN = 1
"""The reduction that is meant where none is given; 0 stands for none at all."""


def _loss(steps: int) -> WorkOf:
    def work(x: Shape, target: Shape, reduction: int = _MEAN, *_: Any, **__: Any) -> Work:
        return Work(other=prod(x) * (steps + bool(reduction)))

    return work


formula(Kind.LOSS, "mse_loss")(_loss(2))  # difference, square
formula(Kind.LOSS, "soft_margin_loss")(_loss(4))  # negation, product, exponential, logarithm
formula(Kind.LOSS, "huber_loss")(_loss(5))  # difference, magnitude, comparison, square, half
formula(Kind.LOSS, "smooth_l1_loss")(_loss(6))  # the same, and a division


@formula(Kind.LOSS, "binary_cross_entropy")
def cross_entropy(
    x: Shape, target: Shape, weight: Shape | None = None, reduction: int = _MEAN, *_: Any, **__: Any
) -> Work:
    # Logarithm and product for either answer, both complements, their sum and its negation.
    return Work(other=prod(x) * (8 + (weight is not None) + bool(reduction)))


@formula(Kind.LOSS, "binary_cross_entropy_with_logits")
def cross_entropy_of_logits(
    x: Shape,
    target: Shape,
    weight: Shape | None = None,
    positive: Shape | None = None,
    reduction: int = _MEAN,
    *_: Any,
    out: Shape,
    **__: Any,
) -> Work:
    # Complement and product, logarithm of the sigmoid, difference; a factor for one answer takes three
    # steps to find, and a product.
    return Work(other=prod(x) * (4 + 4 * (positive is not None) + (weight is not None) + bool(reduction)))


@formula(Kind.LOSS, "nll_loss_forward", "nll_loss2d_forward")
def likelihood(x: Shape, target: Shape, weight: Shape | None, reduction: int, *_: Any, **__: Any) -> Work:
    # Of each target's value: negation, weight; weights are added up, too.
    return Work(other=prod(target) * (1 + (weight is not None) + bool(reduction) * (1 + (weight is not None))))
