"""Rules for reductions, and for operators that join, copy and make tensors."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor

from auditor.profiling.outlines.rules import META, image, is_channels_last, outline, overlaps, rule, together


@rule("sum.dim_IntList", "mean.dim", "amax.default", "amin.default")
def reduction(x: Tensor, dims: Sequence[int] | None = None, keep: bool = False, dtype: Any = None) -> Tensor | None:
    if not dims or dtype is not None or not x.is_floating_point() or x.numel() == 0:
        return None
    if any(not -x.dim() <= dim < x.dim() for dim in dims):
        return None
    over = {dim % x.dim() for dim in dims}
    if len(over) < len(dims):
        return None
    sizes = enumerate(x.shape)
    return outline(x, [1 if place in over else size for place, size in sizes if keep or place not in over])


@rule("cat.default")
def concatenation(tensors: Sequence[Tensor], dim: int = 0) -> Tensor | None:
    if not tensors:
        return None
    first = tensors[0]
    rank = first.dim()
    if any(tensor.dim() != rank or tensor.dtype != first.dtype for tensor in tensors) or not -rank <= dim < rank:
        return None
    dim %= rank
    kept = {(*tensor.shape[:dim], *tensor.shape[dim + 1 :]) for tensor in tensors}
    size = sum(tensor.shape[dim] for tensor in tensors)
    if len(kept) > 1:
        return None
    arrange = image if all(map(is_channels_last, tensors)) else outline
    return arrange(first, (*first.shape[:dim], size, *first.shape[dim + 1 :]))


@rule("stack.default")
def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor | None:
    if not tensors:
        return None
    first = tensors[0]
    if any(tensor.shape != first.shape for tensor in tensors) or not -first.dim() - 1 <= dim <= first.dim():
        return None
    dim %= first.dim() + 1
    if dim == first.dim():
        return concatenation([tensor.unsqueeze(dim) for tensor in tensors], dim)
    joined = concatenation(tensors, dim)
    return None if joined is None else joined.view((*first.shape[:dim], len(tensors), *first.shape[dim:]))


@rule("clone.default")
def clone(x: Tensor, memory_format: torch.memory_format | None = None) -> Tensor | None:
    if memory_format in (None, torch.preserve_format):
        return together([x])
    return outline(x, x.shape) if memory_format is torch.contiguous_format else None


@rule("_to_copy.default")
def copy(x: Tensor, dtype: torch.dtype | None = None, memory_format: Any = None, **_: Any) -> Tensor | None:
    return together([x], dtype) if memory_format in (None, torch.preserve_format) else None


@rule("_unsafe_view.default")
def view(x: Tensor, shape: Sequence[int]) -> Tensor | None:
    fits = x.is_contiguous() and min(shape, default=0) >= 0 and prod(shape) == x.numel()
    return outline(x, shape) if fits else None


@rule("arange.default", "arange.start", "arange.start_step")
def positions(*ends: Any, dtype: torch.dtype | None = None, **_: Any) -> Tensor | None:
    start, end, step = (0, *ends, 1) if len(ends) == 1 else (*ends, 1)[:3]
    if not all(isinstance(end, int) for end in (start, end, step)) or step == 0 or (end - start) * step < 0:
        return None
    return torch.empty(len(range(start, end, step)), dtype=dtype or torch.int64, device=META)


@rule("zeros_like.default", "ones_like.default", "empty_like.default")
def alike(x: Tensor, dtype: torch.dtype | None = None, memory_format: Any = None, **_: Any) -> Tensor | None:
    return together([x], dtype) if memory_format in (None, torch.preserve_format) else None


@rule("normal_.default")
def drawn_at_random(target: Tensor, mean: float = 0.0, deviation: float = 1.0, **_: Any) -> Tensor | None:
    return target if target.is_floating_point() and deviation >= 0 and not overlaps(target) else None
