"""How operators are done on outlines, and what becomes one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from auditor.profiling.operators import WHOLE, Operator, operator
from auditor.profiling.outlines import layers, sequences, tensors  # noqa: F401  (they register their rules)
from auditor.profiling.outlines.elementwise import elementwise
from auditor.profiling.outlines.rules import META, RULES, Rule, broadcast
from auditor.profiling.values import tensors_in

ROOM = 2**24
"""How many elements may have values before what is made large has none."""

_SMALL = 2**10
"""How many elements always have values."""


_OF_ONE_TYPE = frozenset(f"aten.{name}" for name in ("convolution", "mm", "bmm", "addmm", "baddbmm"))


class NeedsValuesError(Exception):
    """What a model does depends on values that a run on outlines does not have."""


class Outlining(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """While it is active, what follows from an outline is an outline, and so is what there is no room for.

    `left_out` are the bytes that the latter would take.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.left_out = 0
        self._room = ROOM

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Keep torch from importing its compiler, which costs more than the run and is not needed."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        return self.carry_out(func, args, kwargs, tensors_in(args, kwargs))

    def carry_out(self, func: Any, args: Any, kwargs: Any, given: list[Tensor]) -> Any:
        """Do what an operator does to the tensors given in its arguments, or only find out what shape it gives."""
        if not given:
            kwargs = self._placed(args, kwargs)
            has_outline = kwargs.get("device") == META
        else:
            has_outline = any(tensor.is_meta for tensor in given) or self._is_outgrown(func, given)
        if not has_outline:
            return func(*args, **kwargs)
        known, rule = _known(func)
        if known.writes and not all(tensor.is_meta for tensor in tensors_in(*known.written(args, kwargs))):
            raise NeedsValuesError(f"{known.name} writes what only a run on values knows")
        found = rule(*args, **kwargs) if rule else None
        if found is not None:
            return found
        if known.name in _OF_ONE_TYPE and not _go_together(given):
            raise NeedsValuesError(f"{known.name} is given several types")  # for which PyTorch raises no error here
        if kwargs.get("device") is not None:
            kwargs = {**kwargs, "device": META}
        if known.name in ("aten.index", "aten.index_put"):
            args = (args[0], _places(args[1]), *args[2:])
        return func(*outlined(args), **outlined(kwargs))

    def _placed(self, args: Any, kwargs: Any) -> Any:
        """Where to make what is made of nothing, such as zeros or random numbers."""
        size = next((prod(value) for value in args if isinstance(value, (list, tuple))), 0)
        if size <= _SMALL:
            return kwargs
        if size <= self._room:
            self._room -= size
            return kwargs
        self.left_out += size * (kwargs.get("dtype") or torch.get_default_dtype()).itemsize
        return {**kwargs, "device": META}

    def _is_outgrown(self, func: Any, given: list[Tensor]) -> bool:
        """Whether there is no room for what tensors with values come to together, such as a mask of all places."""
        if len(given) < 2 or not operator(func).is_pointwise:
            return False
        size = prod(broadcast(given) or (0,))
        if size <= max(self._room, *(tensor.numel() for tensor in given)):
            return False
        self.left_out += size * given[0].itemsize
        return True


def _go_together(given: list[Tensor]) -> bool:
    """Whether tensors are of one type, or of those that a model's own casts bring together, but for outlines."""
    types = {tensor.dtype for tensor in given}
    return len(types) == 1 or types <= _CAST


_CAST = frozenset({torch.float32, torch.float16, torch.bfloat16})


@cache
def _known(func: Any) -> tuple[Operator, Rule | None]:
    """What there is to know of an operator, and its rule if it has one."""
    if func in WHOLE:
        return operator(func), RULES.get(WHOLE[func])
    return operator(func), RULES.get(str(func)) or (elementwise(func) if func.namespace == "aten" else None)


def _places(indices: Sequence[Tensor | None]) -> list[Tensor | None]:
    """Indices, where each mask whose values are known is replaced by the places that it holds true."""
    found: list[Tensor | None] = []
    for index in indices:
        is_known = index is not None and index.dtype is torch.bool and not index.is_meta and index.dim() > 0
        found += index.nonzero().unbind(1) if index is not None and is_known else [index]
    return found


def outlined(value: Any, made: dict[int, Tensor] | None = None) -> Any:
    """The value, with an outline in place of each tensor in it and in nested lists, tuples and dicts.

    What is one tensor in several places has one outline; `made` are those that there are already.
    """
    made = {} if made is None else made
    if isinstance(value, Tensor):
        if id(value) not in made:
            made[id(value)] = value if value.is_meta else _outline(value)
        return made[id(value)]
    if type(value) in (list, tuple):
        return type(value)([outlined(item, made) for item in value])
    if type(value) is dict:
        return {name: outlined(item, made) for name, item in value.items()}
    return value


def _outline(tensor: Tensor) -> Tensor:
    if type(tensor) not in (Tensor, nn.Parameter) or tensor.layout is not torch.strided or tensor.is_quantized:
        raise NeedsValuesError(f"it has a tensor of another kind, {type(tensor).__name__}")
    return torch.empty_strided(
        tensor.shape, tensor.stride(), dtype=tensor.dtype, device=META, requires_grad=tensor.requires_grad
    )
