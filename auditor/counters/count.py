"""What another counter makes of a model, and where it says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from auditor.profiling.formulas import Kind


class Knows(Enum):
    """What a counter has its formulas for."""

    OPERATORS = "operators as they run"
    GRAPH = "operators of a traced graph"
    CLASSES = "classes of modules"
    PARAMETERS = "parameters of innermost modules"


@dataclass(frozen=True)
class Charge:
    """What a counter charges one module with for its own work.

    A counter of operators also tells which, and of what kind if that is no product.
    """

    path: str
    value: int
    operator: str = ""
    kind: Kind | None = None


@dataclass(frozen=True)
class Count:
    """A model as one counter sees it; whatever that takes for a multiply-accumulate is charged somewhere."""

    counter: str
    version: str
    knows: Knows
    charges: tuple[Charge, ...]

    @property
    def macs(self) -> int:
        """What the counter reports."""
        return sum(charge.value for charge in self.charges)

    @cached_property
    def by_module(self) -> Mapping[str, int]:
        """The work of each module itself, without that of those inside."""
        return self._sums([charge.path for charge in self.charges])

    @cached_property
    def by_operator(self) -> Mapping[str, int]:
        """The work of each operator; under an empty name all of a counter that tells none."""
        return self._sums([charge.operator for charge in self.charges])

    def _sums(self, names: list[str]) -> Mapping[str, int]:
        sums = dict.fromkeys(names, 0)
        for name, charge in zip(names, self.charges, strict=True):
            sums[name] += charge.value
        return sums


@dataclass(frozen=True)
class Crash:
    """A counter that could not count a model, and what it stumbled on."""

    counter: str
    version: str
    reason: str


Opinion = Count | Crash
