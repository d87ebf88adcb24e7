"""Matrix products: every result sums a row times a column."""

from __future__ import annotations

from math import prod
from typing import Any

from auditor.profiling.formulas.registry import Kind, Shape, Work, broadcast, formula


def _added(out: Shape, beta: float = 1, alpha: float = 1, **_: Any) -> int:
    """What it takes to add `beta` times a bias to `alpha` times a product."""
    return prod(out) * ((beta != 0) + (beta not in (0, 1)) + (alpha != 1))


@formula(Kind.MATRIX, "mm", "bmm", "_int_mm")
def product(a: Shape, b: Shape, *_: Any, out: Shape, **__: Any) -> Work:
    return Work(prod(out) * a[-1])


@formula(Kind.MATRIX, "addmm", "baddbmm")
def product_and_sum(bias: Shape, a: Shape, b: Shape, *_: Any, out: Shape, **factors: Any) -> Work:
    return Work(prod(out) * a[-1], _added(out, **factors))


@formula(Kind.MATRIX, "_addmm_activation")
def product_and_activation(bias: Shape, a: Shape, b: Shape, *_: Any, out: Shape, **factors: Any) -> Work:
    return product_and_sum(bias, a, b, out=out, **factors) + Work(other=prod(out))


@formula(Kind.MATRIX, "addbmm")
def sum_of_products(bias: Shape, a: Shape, b: Shape, *_: Any, out: Shape, **factors: Any) -> Work:
    return Work(prod(a) * b[-1], _added(out, **factors))


@formula(Kind.MATRIX, "addmv")
def vector_product_and_sum(bias: Shape, a: Shape, b: Shape, *_: Any, out: Shape, **factors: Any) -> Work:
    return Work(prod(a), _added(out, **factors))


@formula(Kind.MATRIX, "addr")
def outer_product_and_sum(bias: Shape, a: Shape, b: Shape, *_: Any, out: Shape, **factors: Any) -> Work:
    return Work(prod(out), _added(out, **factors))


@formula(Kind.MATRIX, "dot", "vdot", "mv")
def vector_product(a: Shape, b: Shape, *_: Any, out: Shape, **__: Any) -> Work:
    return Work(prod(a))


@formula(Kind.MATRIX, "_foreach_mm")
def products(lefts: list[Shape], rights: list[Shape], *_: Any, **__: Any) -> Work:
    return Work(sum(prod(a) * b[-1] for a, b in zip(lefts, rights, strict=True)))


@formula(Kind.MATRIX, "linear", "mkldnn_linear")
def linear(x: Shape, weight: Shape, bias: Shape | None = None, *_: Any, out: Shape, **__: Any) -> Work:
    return Work(prod(x[:-1]) * prod(weight), prod(out) * (bias is not None))


@formula(Kind.MATRIX, "_scaled_mm")
def scaled_product(
    a: Shape, b: Shape, scale_a: Shape, scale_b: Shape, bias: Shape | None = None, *_: Any, out: Shape, **__: Any
) -> Work:
    return Work(prod(out) * a[-1], prod(out) * (1 + bool(bias)))


@formula(Kind.MATRIX, "_scaled_mm_v2")
def scaled_product_by_recipe(a: Shape, b: Shape, *settings: Any, out: Shape, **_: Any) -> Work:
    bias = settings[6]
    return Work(prod(out) * a[-1], prod(out) * (1 + bool(bias)))


@formula(Kind.MATRIX, "_grouped_mm")
def grouped_product(
    a: Shape, b: Shape, ends: Shape | None = None, bias: Shape | None = None, *_: Any, out: Shape, **__: Any
) -> Work:
    # Of two matrices it is the summed side that is in groups; else every result belongs to one group.
    macs = prod(a) * b[-1] if len(a) == len(b) == 2 else prod(out) * a[-1]
    return Work(macs, prod(out) if bias else 0)


@formula(Kind.MATRIX, "_scaled_grouped_mm", "_scaled_grouped_mm_v2")
def scaled_grouped_product(a: Shape, b: Shape, *_: Any, out: Shape, **__: Any) -> Work:
    return grouped_product(a, b, out=out) + Work(other=prod(out))


@formula(Kind.MATRIX, "_weight_int8pack_mm")
def product_with_bytes(x: Shape, weight: Shape, scales: Shape, *_: Any, out: Shape, **__: Any) -> Work:
    return Work(prod(out) * x[-1], prod(out))


@formula(
    Kind.MATRIX,
    *("_weight_int4pack_mm", "_weight_int4pack_mm_for_cpu", "_weight_int4pack_mm_with_scales_and_zeros"),
    "_dyn_quant_matmul_4bit",
)
def product_with_halves_of_bytes(x: Shape, *_: Any, out: Shape, **__: Any) -> Work:
    # Every weight is scaled and shifted back first.
    return Work(prod(out) * x[-1], 2 * x[-1] * out[-1])


@formula(Kind.MATRIX, "_trilinear")
def trilinear(
    a: Shape,
    b: Shape,
    c: Shape,
    new_a: list[int],
    new_b: list[int],
    new_c: list[int],
    summed: list[int],
    *_: Any,
    out: Shape,
) -> Work:
    # What the third factor does not know is summed once two are multiplied, the rest at the end.
    first = broadcast(_with_ones(a, new_a), _with_ones(b, new_b))
    left = [1 if place in summed and place in new_c else size for place, size in enumerate(first)]
    return Work(prod(first) + prod(broadcast(left, _with_ones(c, new_c))))


def _with_ones(shape: Shape, places: list[int]) -> list[int]:
    sizes = list(shape)
    for place in sorted(places):
        sizes.insert(place, 1)
    return sizes


@formula(Kind.MATRIX, "affine_grid_generator", "cudnn_affine_grid_generator")
def affine_grid(theta: Shape, *_: Any, out: Shape, **__: Any) -> Work:
    return Work(prod(out) * theta[-1])


_BY_PRODUCT, _BY_EITHER, _LONG = 1, 0, 25
"""Ways to compute distances, and the number of rows beyond which it is a product if either will do."""


@formula(Kind.MATRIX, "_cdist_forward")
def distances(a: Shape, b: Shape, p: float, way: int | None, *_: Any, out: Shape, **__: Any) -> Work:
    way = way or _BY_EITHER
    if p == 2 and (way == _BY_PRODUCT or (way == _BY_EITHER and max(a[-2], b[-2]) > _LONG)):
        return distances_by_product(a, b, out=out)
    # Each coordinate: difference, power, sum; then the root.
    return Work(other=prod(out) * (3 * a[-1] + 1))


@formula(Kind.MATRIX, "_euclidean_dist")
def distances_by_product(a: Shape, b: Shape, *_: Any, out: Shape, **__: Any) -> Work:
    # Rows of -2a, its square norm and 1 times columns of b, 1 and its square norm; then clamp and root.
    batch, width = prod(out[:-2]), a[-1]
    return Work(prod(out) * (width + 2), batch * width * (3 * a[-2] + 2 * b[-2]) + 2 * prod(out))
