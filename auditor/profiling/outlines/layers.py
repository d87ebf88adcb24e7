"""Rules for layers and products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from auditor.profiling.outlines.rules import broadcast, image, outline, rule


@rule("convolution.default")
def convolution(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    output_padding: Sequence[int],
    groups: int,
) -> Tensor | None:
    kernel = weight.shape[2:]
    settings = (stride, padding, dilation, output_padding)
    if not kernel or x.dim() != weight.dim() or any(len(sizes) != len(kernel) for sizes in settings):
        return None
    if min(*stride, *dilation, groups, *weight.shape) < 1 or min(*padding, *output_padding) < 0:
        return None
    if weight.shape[0] % groups:
        return None
    if len(kernel) != 2 and not (weight.is_contiguous() and (len(kernel) == 1 or x.is_contiguous())):
        return None
    inputs, outputs = weight.shape[1] * groups, weight.shape[0]
    if transposed:
        inputs, outputs = outputs, inputs
    if not _is_of(x, weight, bias) or x.shape[1] != inputs or not _has_shape((outputs,), bias):
        return None
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    if transposed:
        if not all(0 <= more < step for more, step in zip(output_padding, stride, strict=True)):
            return None
        steps = zip(x.shape[2:], stride, padding, reach, output_padding, strict=True)
        shape = [(n - 1) * s - 2 * p + r + more for n, s, p, r, more in steps]
    else:
        shape = [(n + 2 * p - r) // s + 1 for n, s, p, r in zip(x.shape[2:], stride, padding, reach, strict=True)]
    return image(x, (x.shape[0], outputs, *shape), beside=weight) if min(shape) > 0 else None


@rule("native_batch_norm.default")
def batch_norm(x: Tensor, weight: Tensor | None, *rest: Any) -> tuple[Tensor, ...] | None:
    bias, mean, variance, training = rest[:4]
    of_channels = (weight, bias, mean, variance)
    if training or mean is None or variance is None or x.dim() < 2 or not _is_of(x, *of_channels):
        return None
    if not _has_shape((x.shape[1],), *of_channels):
        return None
    return image(x, x.shape), outline(x, (0,)), outline(x, (0,))


@rule("native_layer_norm.default")
def layer_norm(x: Tensor, shape: Sequence[int], *affine: Any) -> tuple[Tensor, ...] | None:
    kept = x.dim() - len(shape)
    if not shape or tuple(x.shape[kept:]) != tuple(shape) or not _has_shape(shape, *affine[:2]):
        return None
    if not _is_of(x, *affine[:2]):
        return None
    means = (*x.shape[:kept], *[1] * len(shape))
    return outline(x, x.shape), outline(x, means), outline(x, means)


def _is_of(x: Tensor, *others: Tensor | None) -> bool:
    """Whether tensors are all of one floating-point type."""
    return x.is_floating_point() and all(other is None or other.dtype == x.dtype for other in others)


def _has_shape(shape: Sequence[int], *tensors: Tensor | None) -> bool:
    return all(tensor is None or tuple(tensor.shape) == tuple(shape) for tensor in tensors)


def product(a: Tensor, b: Tensor) -> Tensor | None:
    fits = a.shape[:-2] == b.shape[:-2] and a.shape[-1] == b.shape[-2] and _is_of(a, b)
    return outline(a, (*a.shape[:-1], b.shape[-1])) if fits else None


@rule("mm.default")
def matrix_product(a: Tensor, b: Tensor) -> Tensor | None:
    return product(a, b) if a.dim() == b.dim() == 2 else None


@rule("bmm.default")
def products(a: Tensor, b: Tensor) -> Tensor | None:
    return product(a, b) if a.dim() == b.dim() == 3 else None


@rule("addmm.default")
def product_and_sum(added: Tensor, a: Tensor, b: Tensor, **_: Any) -> Tensor | None:
    return _added_to(matrix_product(a, b), added)


@rule("baddbmm.default")
def products_and_sum(added: Tensor, a: Tensor, b: Tensor, **_: Any) -> Tensor | None:
    return _added_to(products(a, b), added)


def _added_to(found: Tensor | None, added: Tensor) -> Tensor | None:
    fits = found is not None and found.dtype == added.dtype and broadcast([found, added]) == found.shape
    return found if fits else None


@rule("_softmax.default", "_log_softmax.default")
def softmax(x: Tensor, dim: int, to_single: bool) -> Tensor | None:
    fits = x.is_floating_point() and not to_single and -x.dim() <= dim < x.dim()
    return outline(x, x.shape) if fits else None


@rule("embedding.default")
def embedding(weight: Tensor, places: Tensor, *_: Any) -> Tensor | None:
    fits = weight.dim() == 2 and places.dtype in (torch.int64, torch.int32)
    return outline(weight, (*places.shape, weight.shape[1])) if fits else None


def _is_image(x: Tensor) -> bool:
    """Whether there is something to resize: floating-point images, alone or several."""
    return x.dim() in (3, 4) and x.is_floating_point() and x.numel() > 0


def _pooled(x: Tensor, kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int]) -> list[int] | None:
    """The shape after a window has gone over the last two dimensions."""
    windows = (kernel, stride or kernel, padding)
    if not _is_image(x) or any(len(sizes) not in (1, 2) for sizes in windows):
        return None
    kernel, stride, padding = ([*sizes] * (2 // len(sizes)) for sizes in windows)
    if min(*kernel, *stride) < 1 or not all(0 <= 2 * p <= k for p, k in zip(padding, kernel, strict=True)):
        return None
    steps = zip(x.shape[-2:], kernel, stride, padding, strict=True)
    shape = [(n + 2 * p - k) // s + 1 for n, k, s, p in steps]
    return [*x.shape[:-2], *shape] if min(shape) > 0 else None


@rule("max_pool2d_with_indices.default")
def max_pool(
    x: Tensor,
    kernel: Sequence[int],
    stride: Sequence[int] = (),
    padding: Sequence[int] = (0,),
    dilation: Sequence[int] = (1,),
    ceil: bool = False,
) -> tuple[Tensor, Tensor] | None:
    shape = None if ceil or {*dilation} != {1} else _pooled(x, kernel, stride, padding)
    return None if shape is None else (image(x, shape), image(x, shape, torch.int64))


@rule("avg_pool2d.default")
def average_pool(
    x: Tensor,
    kernel: Sequence[int],
    stride: Sequence[int] = (),
    padding: Sequence[int] = (0,),
    ceil: bool = False,
    *_: Any,
) -> Tensor | None:
    shape = None if ceil else _pooled(x, kernel, stride, padding)
    return None if shape is None else image(x, shape)


@rule("_adaptive_avg_pool2d.default")
def adaptive_pool(x: Tensor, size: Sequence[int]) -> Tensor | None:
    fits = _is_image(x) and len(size) == 2 and min(size) > 0
    return image(x, (*x.shape[:-2], *size)) if fits else None


@rule("upsample_nearest2d.default", "upsample_bilinear2d.default")
def enlargement(x: Tensor, size: Sequence[int], *_: Any) -> Tensor | None:
    return adaptive_pool(x, size) if x.dim() == 4 else None


@rule("upsample_nearest2d.vec", "upsample_bilinear2d.vec")
def enlargement_or_factor(x: Tensor, size: Sequence[int] | None, *more: Any) -> Tensor | None:
    factors = more[-1]
    return enlargement(x, size) if size is not None and factors is None else None


@rule("grid_sampler_2d.default")
def grid_sample(x: Tensor, grid: Tensor, *_: Any) -> Tensor | None:
    fits = x.dim() == grid.dim() == 4 and x.shape[0] == grid.shape[0] and grid.shape[3] == 2
    return outline(x, (*x.shape[:2], *grid.shape[1:3])) if fits and _is_image(x) and _is_of(x, grid) else None
