"""Rules for what operators give when nothing but shapes is known.

PyTorch knows this for nearly all operators, but its way takes longer than the real arithmetic of a
small model, and more than a second the first time. A rule takes the operator's arguments and gives
tensors without values, or None where the case is not one it is made for: then PyTorch is asked,
which also raises the errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor

META = torch.device("meta")

Rule = Callable[..., Any]
R = TypeVar("R", bound=Rule)

RULES: dict[str, Rule] = {}
"""By operator with overload, such as `aten.mean.dim`."""


def rule(*operators: str) -> Callable[[R], R]:
    """Register a function as the rule of some of PyTorch's own operators."""

    def register(function: R) -> R:
        RULES.update({f"aten.{operator}": function for operator in operators})
        return function

    return register


def outline(like: Tensor, shape: Iterable[int], dtype: torch.dtype | None = None) -> Tensor:
    """A tensor without values, in the type of another one unless told."""
    return torch.empty(tuple(shape), dtype=dtype or like.dtype, device=META)


def image(like: Tensor, shape: Sequence[int], dtype: torch.dtype | None = None, beside: Tensor | None = None) -> Tensor:
    """An outline whose channels come last in memory where those of another image do, or of a weight beside it."""
    if not is_channels_last(like) and (beside is None or not is_channels_last(beside)):
        return outline(like, shape, dtype)
    last = torch.channels_last if like.dim() == 4 else torch.channels_last_3d
    return torch.empty(tuple(shape), dtype=dtype or like.dtype, device=META, memory_format=last)


def is_channels_last(x: Tensor) -> bool:
    """Whether PyTorch takes a tensor for images with their channels last in memory."""
    if x.dim() not in (4, 5) or not x.stride(1):
        return False
    least = 0
    for place in (1, *range(x.dim() - 1, 1, -1), 0):
        size, step = x.shape[place], x.stride(place)
        if size == 0 or step < least or (place == 0 and least == x.stride(1)):
            return False
        least = step * size
    return True


def together(tensors: Sequence[Tensor], dtype: torch.dtype | None = None) -> Tensor | None:
    """What comes of tensors element by element, in the type of the first unless told; None if they do not fit."""
    first = tensors[0]
    shape = broadcast(tensors)
    if shape is None:
        return None
    if all(map(Tensor.is_contiguous, tensors)):
        return outline(first, shape, dtype)
    strides, step = [0] * len(shape), 1
    for place in _order(tensors, shape):
        strides[place] = step
        step *= max(shape[place], 1)
    return torch.empty_strided(tuple(shape), strides, dtype=dtype or first.dtype, device=META)


def _order(tensors: Iterable[Tensor], shape: Sequence[int]) -> list[int]:
    """The dimensions of a result, the closest neighbours in memory first: as they lie in the first tensor that says.

    PyTorch sorts them by insertion, and where no tensor says which of two is closer it compares on; what
    comes of that depends on the order of comparisons, so they are made here in just the same way.
    """
    steps = [_steps(tensor, shape) for tensor in tensors]
    order = list(range(len(shape)))[::-1]
    for place in range(1, len(shape)):
        sinking = place
        for before in range(place - 1, -1, -1):
            farther = _farther(order[before], order[sinking], steps, shape)
            if farther is False:
                break
            if farther:
                order[before], order[sinking] = order[sinking], order[before]
                sinking = before
    return order


def _steps(tensor: Tensor, shape: Sequence[int]) -> list[int]:
    """How far apart neighbours are along each dimension of a shape; 0 where a tensor is only repeated."""
    missing = len(shape) - tensor.dim()
    own = zip(tensor.shape, shape[missing:], tensor.stride(), strict=True)
    return [0] * missing + [step if size == wanted else 0 for size, wanted, step in own]


def _farther(one: int, other: int, steps: Iterable[Sequence[int]], shape: Sequence[int]) -> bool | None:
    """Whether neighbours along one dimension are farther apart than along another; None if nothing says."""
    for step in steps:
        if step[one] and step[other]:
            if step[one] != step[other]:
                return step[one] > step[other]
            if shape[one] > shape[other]:
                return True
    return None


def broadcast(tensors: Sequence[Tensor]) -> Sequence[int] | None:
    """The shape that tensors come to together; None if they do not."""
    shape: Sequence[int] = tensors[0].shape
    for tensor in tensors[1:]:
        if tensor.shape != shape:
            rank = max(len(shape), tensor.dim())
            pairs = list(zip(_padded(shape, rank), _padded(tensor.shape, rank), strict=True))
            if any(1 not in pair and pair[0] != pair[1] for pair in pairs):
                return None
            shape = torch.Size([b if a == 1 else a for a, b in pairs])
    return shape


def _padded(shape: Sequence[int], rank: int) -> tuple[int, ...]:
    return (1,) * (rank - len(shape)) + tuple(shape)


def overlaps(x: Tensor) -> bool:
    """Whether several elements of a tensor are one in memory, as far as PyTorch looks before it writes."""
    return any(step == 0 and size > 1 for size, step in zip(x.shape, x.stride(), strict=True))
