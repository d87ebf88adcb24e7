"""Normalisations: statistics where they are computed, then what is done with them."""

from __future__ import annotations

from math import prod
from typing import Any

from auditor.profiling.formulas.registry import Kind, Shape, Work, formula


def normalised(x: Shape, weight: Shape | None, bias: Shape | None) -> Work:
    # Per element: mean 1, variance 3 (subtract, square, add), normalise 1 more multiplication.
    return Work(other=prod(x) * (5 + bool(weight) + bool(bias)))


@formula(
    Kind.NORMALIZATION,
    *("native_batch_norm", "_native_batch_norm_legit", "_native_batch_norm_legit_functional", "batch_norm"),
    *("cudnn_batch_norm", "miopen_batch_norm"),
)
def batch_norm(
    x: Shape, weight: Shape | None, bias: Shape | None, mean: Shape | bool | None, *settings: Any, **_: Any
) -> Work:
    # There may be no running statistics, and in one form no place for them; what follows the variance is
    # whether the model is training.
    computed = not isinstance(mean, tuple) or settings[1]
    return normalised(x, weight, bias) if computed else batch_norm_by_record(x)


@formula(Kind.NORMALIZATION, "_native_batch_norm_legit_no_training", "_batch_norm_no_update", "batch_norm_elemt")
def batch_norm_by_record(x: Shape, *_: Any, **__: Any) -> Work:
    # With statistics at hand: one scale and one shift per element.
    return Work(other=2 * prod(x))


@formula(Kind.NORMALIZATION, "_batch_norm_with_update", "_batch_norm_with_update_functional", "native_group_norm")
def norm(x: Shape, weight: Shape | None, bias: Shape | None, *_: Any, **__: Any) -> Work:
    return normalised(x, weight, bias)


@formula(Kind.NORMALIZATION, "native_layer_norm")
def layer_norm(x: Shape, shape: list[int], weight: Shape | None, bias: Shape | None, *_: Any, **__: Any) -> Work:
    return normalised(x, weight, bias)


@formula(Kind.NORMALIZATION, "_fused_rms_norm")
def rms_norm(x: Shape, shape: list[int], weight: Shape | None, *_: Any, **__: Any) -> Work:
    # Per element: square, mean, multiply, and by the weight; per group: add a little, take the root.
    return Work(other=prod(x) * (3 + bool(weight)) + 2 * prod(x[: -len(shape)]))


@formula(Kind.NORMALIZATION, "_weight_norm_interface")
def weight_norm(direction: Shape, length: Shape, *_: Any, **__: Any) -> Work:
    # Per element: norm 2 (square, add), scale 1; each length is divided by a norm.
    return Work(other=3 * prod(direction) + prod(length))


@formula(Kind.NORMALIZATION, "renorm")
def renorm(x: Shape, *_: Any, **__: Any) -> Work:
    # Per element: norm 2, scale 1, whether it is too long or not.
    return Work(other=3 * prod(x))


@formula(Kind.NORMALIZATION, "embedding_renorm")
def embedding_renorm(weight: Shape, indices: Shape, *_: Any, **__: Any) -> Work:
    return Work(other=3 * prod(indices) * weight[-1])
