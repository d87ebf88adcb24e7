"""What flowed where in one run: module calls, the operators in them, and the values they passed on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.profiling.formulas import NO_WORK, Kind, Shape, Work


@dataclass(frozen=True, slots=True)
class Call:
    """One run of one module; `within` is the place of the call that made it, None for the model's own."""

    path: str
    within: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """One operator at work: in which call, and the places of the values that it read and gave.

    Only values that a run has made or was given are listed, not parameters. `kind` is None where
    nothing was counted.
    """

    operator: str
    call: int
    reads: tuple[int, ...]
    gives: tuple[int, ...]
    kind: Kind | None = None
    work: Work = NO_WORK


@dataclass(frozen=True, slots=True)
class Port:
    """A value at the model's edge, with the name it has there, which may be empty."""

    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Flow:
    """All that one run did, in order; `values` are shapes, the batch included."""

    calls: tuple[Call, ...] = ()
    steps: tuple[Step, ...] = ()
    values: tuple[Shape, ...] = ()
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()

    def around(self, call: int) -> Iterator[int]:
        """The call and those it lies within, from the inside out."""
        here: int | None = call
        while here is not None:
            yield here
            here = self.calls[here].within
