"""Fold what repeats: of equal modules in a row only the first is kept, to stand for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from auditor.profiling.flow import Flow, Port, Step


@dataclass(frozen=True)
class Folded:
    """A flow without repetitions, and for each call that stands for several, all of these."""

    flow: Flow
    repeated: Mapping[int, tuple[int, ...]]


def fold(flow: Flow, kinds: Mapping[str, object], is_closed: Callable[[int], bool]) -> Folded:
    """Fold every run of calls in which each one feeds nothing but the next, and all do the same.

    Runs are of numbered modules in one container, or of one module that is called again and again.
    `kinds` are the class and settings of the module at each path. Inside of closed calls, all stays.
    """
    extents = _extents(flow, kinds)
    runs: dict[int, tuple[int, ...]] = {}
    dropped: set[int] = set()
    renamed: dict[int, int] = {}
    for siblings in _siblings(flow, extents, is_closed):
        for run in _runs([call for call in siblings if extents[call].places[0] not in dropped], extents):
            runs[run[0]] = run
            dropped.update(place for call in run[1:] for place in extents[call].places)
            renamed.update(zip(extents[run[-1]].exits, extents[run[0]].exits, strict=True))
    kept = (step for place, step in enumerate(flow.steps) if place not in dropped)
    steps = tuple(replace(step, reads=tuple(renamed.get(value, value) for value in step.reads)) for step in kept)
    outputs = tuple(Port(port.name, renamed.get(port.value, port.value)) for port in flow.outputs)
    return Folded(replace(flow, steps=steps, outputs=outputs), runs)


@dataclass(frozen=True)
class _Extent:
    """All that one call did, with the calls inside it: its steps, and the values it shares with others."""

    flow: Flow
    kinds: Mapping[str, object]
    path: str
    places: tuple[int, ...]
    readers: Mapping[int, Sequence[int]]

    @cached_property
    def entries(self) -> frozenset[int]:
        """The values it reads and does not give itself."""
        return frozenset(value for step in self._steps for value in step.reads) - self._given.keys()

    @cached_property
    def exits(self) -> tuple[int, ...]:
        """The values it leaves to others, in order."""
        return tuple(value for value in self._given if any(map(self._is_outside, self.readers[value])))

    @cached_property
    def likeness(self) -> tuple[object, ...]:
        """What must be the same in another call for both to do the same: operators, modules, and wiring."""
        order: dict[int, int] = {}
        did = []
        for step in self._steps:
            reads = tuple(order.setdefault(value, len(order)) for value in step.reads)
            gives = tuple((order.setdefault(value, len(order)), self.flow.values[value]) for value in step.gives)
            path = self.flow.calls[step.call].path
            did.append((step.operator, self.kinds.get(path), path.removeprefix(self.path), step.work, reads, gives))
        return (tuple(did), tuple(order[value] for value in self.exits))

    def leaves_all_to(self, other: _Extent) -> bool:
        """Whether only the other one reads what this one leaves."""
        readers = (reader for value in self.exits for reader in self.readers[value] if self._is_outside(reader))
        return all(not other._is_outside(reader) for reader in readers)

    @cached_property
    def _given(self) -> dict[int, None]:
        return {value: None for step in self._steps for value in step.gives}

    @property
    def _steps(self) -> Iterator[Step]:
        return (self.flow.steps[place] for place in self.places)

    def _is_outside(self, place: int) -> bool:
        return place not in self._own

    @cached_property
    def _own(self) -> frozenset[int]:
        return frozenset(self.places)


_OUTSIDE = -1
"""Where the model's own user reads its outputs."""


def _extents(flow: Flow, kinds: Mapping[str, object]) -> dict[int, _Extent]:
    readers: defaultdict[int, list[int]] = defaultdict(list)
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place, step in enumerate(flow.steps):
        for value in step.reads:
            readers[value].append(place)
        for call in flow.around(step.call):
            places[call].append(place)
    for port in flow.outputs:
        readers[port.value].append(_OUTSIDE)
    return {call: _Extent(flow, kinds, flow.calls[call].path, tuple(did), readers) for call, did in places.items()}


def _siblings(flow: Flow, extents: Iterable[int], is_closed: Callable[[int], bool]) -> list[list[int]]:
    """The calls that did something and lie in no closed one, by the call that made them, the outer ones first."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for call in sorted(extents):
        within = flow.calls[call].within
        if within is not None and not any(map(is_closed, flow.around(within))):
            found[within].append(call)
    return [found[parent] for parent in sorted(found)]


def _runs(calls: Sequence[int], extents: Mapping[int, _Extent]) -> Iterator[tuple[int, ...]]:
    run: list[int] = []
    for call in calls:
        if run and not _continues([extents[one] for one in run[-2:]], extents[call]):
            yield from [tuple(run)] if len(run) > 1 else []
            run = []
        run.append(call)
    yield from [tuple(run)] if len(run) > 1 else []


def _continues(run: Sequence[_Extent], one: _Extent) -> bool:
    """Whether a call takes up all that a run leaves, and is like it in everything else."""
    last, passed = run[-1], frozenset(run[-1].exits)
    beside = one.entries - passed
    known = last.entries - (frozenset(run[-2].exits) if len(run) > 1 else frozenset())
    return (
        _belong_together([extent.path for extent in run], one.path)
        and bool(passed)
        and passed <= one.entries
        and last.leaves_all_to(one)
        and (beside == known if len(run) > 1 else beside <= known)
        and last.likeness == one.likeness
    )


def _belong_together(run: Sequence[str], path: str) -> bool:
    """Whether all are one module, or all are different ones that a container numbers."""
    if path in run:
        return set(run) == {path}
    before, after = run[-1].rpartition("."), path.rpartition(".")
    return len(set(run)) == len(run) and before[0] == after[0] and before[2].isdigit() and after[2].isdigit()
