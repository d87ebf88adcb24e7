"""Which tensor is which value of a run, followed without keeping any tensor alive."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from weakref import ref

from torch import Tensor

from auditor.profiling.formulas import Shape


class _Held(NamedTuple):
    """The value that a tensor holds, and the tensor that it is a view of."""

    tensor: ref[Tensor]
    place: int
    viewed: ref[Tensor] | None


class Values:
    """The values of a run, by their place in the order in which they came up."""

    def __init__(self) -> None:
        self.shapes: list[Shape] = []
        self._held: dict[int, _Held] = {}

    def places(self, tensors: Iterable[Tensor]) -> tuple[int, ...]:
        """The places of the values that tensors hold, each once; what the run was not given has none."""
        found: dict[int, None] = {}
        for tensor in tensors:
            held = self._held.get(id(tensor))
            if held and held.tensor() is tensor:
                found[held.place] = None
        return tuple(found)

    def give(self, tensors: Iterable[Tensor], viewed: Any = None) -> tuple[int, ...]:
        """Note that tensors hold new values, and whether they are views of another one."""
        base = None
        if isinstance(viewed, Tensor):
            held = self._holding(viewed)
            base = held.viewed if held and held.viewed else ref(viewed)
        return tuple([self._new(tensor, base) for tensor in tensors])

    def written(self, tensors: Iterable[Tensor]) -> list[Tensor]:
        """The tensors that hold something else once these are written to: those that they are views of."""
        held = (self._holding(tensor) for tensor in tensors)
        bases = (one.viewed() for one in held if one and one.viewed)
        return [base for base in bases if base is not None]

    def _holding(self, tensor: Tensor) -> _Held | None:
        held = self._held.get(id(tensor))
        return held if held and held.tensor() is tensor else None

    def _new(self, tensor: Tensor, viewed: ref[Tensor] | None) -> int:
        self._held[id(tensor)] = _Held(ref(tensor), len(self.shapes), viewed)
        self.shapes.append(tuple(tensor.shape))
        return len(self.shapes) - 1


def tensors_in(*values: Any) -> list[Tensor]:
    """The tensors in some values and in nested lists, tuples and dicts, in order."""
    found: list[Tensor] = []
    for value in values:
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found += tensors_in(*value)
        elif isinstance(value, dict):
            found += tensors_in(*value.values())
    return found
