"""What measuring a model finds out: flat facts, from which every total is derived."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TypeVar

from auditor.profiling.flow import Flow
from auditor.profiling.formulas import Kind, Work

F = TypeVar("F")

Places = Mapping[str, Sequence[int]]
"""For every path, where in a list the facts are that lie below it."""

Setting = int | float | str | bool | tuple[int, ...]
"""The value of a module's attribute that says how it was made, such as a kernel size."""


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
    """One module of the tree: its class and settings, how often it ran, and what came out.

    A module with several paths is listed under each of them, with the same `identity`; `started` is
    its place in the order in which modules first ran; `outputs` are the shapes of its first results,
    batch included.
    """

    path: str
    type: str
    identity: int
    calls: int
    started: int | None = None
    outputs: tuple[tuple[int, ...], ...] = ()
    settings: Mapping[str, Setting] = field(default_factory=dict)


class Working:
    """Something that does work, seen under either convention."""

    work: Work

    @property
    def macs(self) -> int:
        return self.work.macs

    @property
    def flops(self) -> int:
        return self.work.flops


@dataclass(frozen=True)
class Operation(Working):
    """All calls of one operator that one module made itself."""

    path: str
    operator: str
    kind: Kind
    calls: int
    work: Work


@dataclass(frozen=True)
class Uncounted:
    """Calls of an operator for which there is no formula: they ran, but what they cost is unknown."""

    path: str
    operator: str
    calls: int


@dataclass(frozen=True)
class Totals(Working):
    """Sums over a part of the model."""

    params: int = 0
    trainable: int = 0
    buffers: int = 0
    work: Work = field(default_factory=Work)

    def __sub__(self, part: Totals) -> Totals:
        return Totals(*(getattr(self, f.name) - getattr(part, f.name) for f in fields(self)))


@dataclass(frozen=True, repr=False)
class Profile:
    """A model measured once; `remarks` say what of it took more than shapes, and why."""

    parameters: tuple[Parameter, ...]
    buffers: tuple[Buffer, ...]
    modules: tuple[Module, ...]
    operations: tuple[Operation, ...]
    uncounted: tuple[Uncounted, ...]
    flow: Flow = field(default_factory=Flow)
    remarks: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Profile of {len(self.modules)} modules: {self.total}>"

    @cached_property
    def total(self) -> Totals:
        return self.under([""])

    def under(self, paths: Iterable[str]) -> Totals:
        """Sums over the given module paths and all that lies below them; '' is the whole model.

        What several of the paths lead to is counted once.
        """
        part = frozenset(paths)
        if len(part) == 1:
            return self._by_path.get(next(iter(part)), Totals())
        if part not in self._sums:
            self._sums[part] = self._sum(part)
        return self._sums[part]

    def parameters_under(self, paths: Iterable[str]) -> list[Parameter]:
        """The distinct parameters below some module paths."""
        lies_under = below(paths)
        return [parameter for parameter in self.parameters if any(map(lies_under, parameter.names))]

    def operations_under(self, paths: Iterable[str]) -> list[Operation]:
        """The operations that modules below some module paths made."""
        lies_under = below(paths)
        return [operation for operation in self.operations if lies_under(operation.path)]

    @cached_property
    def _by_path(self) -> dict[str, Totals]:
        """The sums below every single path, each fact added to all paths it lies below."""
        params, trainable, buffers = (defaultdict[str, int](int) for _ in range(3))
        work: defaultdict[str, Work] = defaultdict(Work)
        for parameter in self.parameters:
            for path in _around(parameter.names):
                params[path] += parameter.count
                trainable[path] += parameter.count if parameter.trainable else 0
        for buffer in self.buffers:
            for path in _around(buffer.names):
                buffers[path] += buffer.count
        for operation in self.operations:
            for path in _around([operation.path]):
                work[path] += operation.work
        known = {*params, *buffers, *work}
        return {path: Totals(params[path], trainable[path], buffers[path], work[path]) for path in known}

    @cached_property
    def _sums(self) -> dict[frozenset[str], Totals]:
        return {}

    def _sum(self, part: frozenset[str]) -> Totals:
        parameters = _picked(self.parameters, self._parameter_places, part)
        return Totals(
            params=sum(p.count for p in parameters),
            trainable=sum(p.count for p in parameters if p.trainable),
            buffers=sum(b.count for b in _picked(self.buffers, self._buffer_places, part)),
            work=sum((o.work for o in _picked(self.operations, self._operation_places, part)), Work()),
        )

    @cached_property
    def _parameter_places(self) -> Places:
        return _places(parameter.names for parameter in self.parameters)

    @cached_property
    def _buffer_places(self) -> Places:
        return _places(buffer.names for buffer in self.buffers)

    @cached_property
    def _operation_places(self) -> Places:
        return _places([operation.path] for operation in self.operations)

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
        sums: dict[Kind, tuple[int, Work]] = {}
        for operation in self.operations:
            calls, work = sums.get(operation.kind, (0, Work()))
            sums[operation.kind] = (calls + operation.calls, work + operation.work)
        return dict(sorted(sums.items(), key=lambda item: (-item[1][1].macs, -item[1][1].other, item[0].value)))

    @property
    def unused(self) -> tuple[Parameter, ...]:
        """Parameters that took no part in the run."""
        return tuple(parameter for parameter in self.parameters if not parameter.used)


def _places(named: Iterable[Iterable[str]]) -> Places:
    """For every path, the places of the facts that lie below it, by the names of each fact."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for place, names in enumerate(named):
        for path in _around(names):
            found[path].append(place)
    return found


def _picked(facts: Sequence[F], places: Places, part: Iterable[str]) -> list[F]:
    """The facts that lie below some paths, each once."""
    return [facts[place] for place in sorted({place for path in part for place in places.get(path, ())})]


def _around(names: Iterable[str]) -> set[str]:
    """The names, and every path that one of them lies below."""
    found = {""}
    for name in names:
        while name:
            found.add(name)
            name = name.rpartition(".")[0]
    return found


def below(paths: Iterable[str]) -> Callable[[str], bool]:
    """Whether a path is one of these or below one; '' is the whole model."""
    whole = frozenset(paths)
    if "" in whole:
        return lambda path: True
    starts = tuple(f"{path}." for path in whole)
    return lambda path: path in whole or path.startswith(starts)
