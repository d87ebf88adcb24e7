"""Which tensor is which value of a run, followed without keeping any tensor alive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from weakref import ref

from torch import Tensor

from auditor.profiling.formulas import Shape


@dataclass(frozen=True, slots=True)
class _Held:
    """The value that a tensor holds, and the tensor that it is a view of."""

    tensor: ref[Tensor]
    place: int
    viewed: ref[Tensor] | None


class Values:
    """The values of a run, by their place in the order in which they came up."""

    def __init__(self) -> None:
        self.shapes: list[Shape] = []
        self._held: dict[int, _Held] = {}

    def places(self, arguments: Iterable[Any]) -> tuple[int, ...]:
        """The places of all values among some arguments, each once; what the run was not given has none."""
        held = (self._holding(tensor) for tensor in _tensors(arguments))
        return tuple(dict.fromkeys(one.place for one in held if one))

    def give(self, outputs: Iterable[Any], viewed: Any = None) -> tuple[int, ...]:
        """Note that tensors hold new values, and whether they are views of another one."""
        base = None
        if isinstance(viewed, Tensor):
            held = self._holding(viewed)
            base = held.viewed if held and held.viewed else ref(viewed)
        return tuple(self._new(tensor, base) for tensor in _tensors(outputs))

    def written(self, tensors: Iterable[Any]) -> list[Tensor]:
        """The tensors that hold something else once these are written to: those that they are views of."""
        held = (self._holding(tensor) for tensor in _tensors(tensors))
        bases = (one.viewed() for one in held if one and one.viewed)
        return [base for base in bases if base is not None]

    def _holding(self, tensor: Tensor) -> _Held | None:
        held = self._held.get(id(tensor))
        return held if held and held.tensor() is tensor else None

    def _new(self, tensor: Tensor, viewed: ref[Tensor] | None) -> int:
        self._held[id(tensor)] = _Held(ref(tensor), len(self.shapes), viewed)
        self.shapes.append(tuple(tensor.shape))
        return len(self.shapes) - 1


def flat(values: Iterable[Any]) -> Iterator[Any]:
    """The items of nested lists, tuples and dicts, in order."""
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from flat(value)
        elif isinstance(value, dict):
            yield from flat(value.values())
        else:
            yield value


def _tensors(values: Iterable[Any]) -> Iterator[Tensor]:
    return (value for value in flat(values) if isinstance(value, Tensor))
