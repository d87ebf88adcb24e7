"""What measuring a model finds out: flat facts, from which every total is derived."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cached_property

from auditor.profiling.formulas import Kind, Work


@dataclass(frozen=True)
class Parameter:
    """One distinct parameter, under every name that leads to it."""

    names: tuple[str, ...]
    count: int
    trainable: bool
    used: bool


@dataclass(frozen=True)
class Buffer:
    """One distinct buffer, under every name that leads to it."""

    names: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class Module:
    """One module of the tree: its path, its class, and how often it ran."""

    path: str
    type: str
    calls: int


@dataclass(frozen=True)
class Operation:
    """All calls of one operator that one module made itself."""

    path: str
    operator: str
    kind: Kind
    calls: int
    macs: int
    flops: int


@dataclass(frozen=True)
class Uncounted:
    """Calls of an operator for which there is no formula: they ran, but what they cost is unknown."""

    path: str
    operator: str
    calls: int


@dataclass(frozen=True)
class Totals:
    """Sums over a part of the model."""

    params: int = 0
    trainable: int = 0
    buffers: int = 0
    macs: int = 0
    flops: int = 0

    def __sub__(self, part: Totals) -> Totals:
        return Totals(*(getattr(self, f.name) - getattr(part, f.name) for f in fields(self)))


@dataclass(frozen=True)
class Profile:
    """A model measured once."""

    parameters: tuple[Parameter, ...]
    buffers: tuple[Buffer, ...]
    modules: tuple[Module, ...]
    operations: tuple[Operation, ...]
    uncounted: tuple[Uncounted, ...]

    @cached_property
    def total(self) -> Totals:
        return self.under([""])

    def under(self, paths: Iterable[str]) -> Totals:
        """Sums over the given module paths and all that lies below them; '' is the whole model.

        What several of the paths lead to is counted once.
        """
        part = tuple(paths)
        parameters = [p for p in self.parameters if any(_lies_under(name, part) for name in p.names)]
        operations = [o for o in self.operations if _lies_under(o.path, part)]
        return Totals(
            params=sum(p.count for p in parameters),
            trainable=sum(p.count for p in parameters if p.trainable),
            buffers=sum(b.count for b in self.buffers if any(_lies_under(name, part) for name in b.names)),
            macs=sum(o.macs for o in operations),
            flops=sum(o.flops for o in operations),
        )

    @cached_property
    def own_params(self) -> dict[str, int]:
        """For each module path, the parameters it holds itself; a shared one counts at its first name."""
        own = {module.path: 0 for module in self.modules}
        for parameter in self.parameters:
            own[parameter.names[0].rpartition(".")[0]] += parameter.count
        return own

    @cached_property
    def by_kind(self) -> dict[Kind, tuple[int, Work]]:
        """For each kind of operator, its calls and their work, the most multiply-accumulates first."""
        sums: dict[Kind, list[int]] = {}
        for operation in self.operations:
            entry = sums.setdefault(operation.kind, [0, 0, 0])
            entry[0] += operation.calls
            entry[1] += operation.macs
            entry[2] += operation.flops
        ordered = sorted(sums.items(), key=lambda item: (-item[1][1], -item[1][2], item[0].value))
        return {kind: (calls, Work(macs, flops - 2 * macs)) for kind, (calls, macs, flops) in ordered}

    @property
    def unused(self) -> tuple[Parameter, ...]:
        """Parameters that took no part in the run."""
        return tuple(parameter for parameter in self.parameters if not parameter.used)


def _lies_under(path: str, parts: tuple[str, ...]) -> bool:
    return any(not part or path == part or path.startswith(part + ".") for part in parts)
