"""From a flow to boxes and arrows: what lies in a closed call is one box, all else is drawn step by step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from auditor.profiling.flow import Flow, Step

Key = tuple[object, ...]


@dataclass(frozen=True)
class Box:
    """One thing to draw: a module at work, where `closed` is its call, or a single step.

    What falls into unconnected parts inside a module is drawn as one box for each part.
    """

    key: Key
    steps: tuple[Step, ...]
    closed: int | None = None
    is_part: bool = False


@dataclass(frozen=True)
class Arrow:
    """Values on their way from one box to another, by their places."""

    tail: Key
    head: Key
    values: tuple[int, ...]


@dataclass(frozen=True)
class Graph:
    """Boxes in the order in which they were at work, and the arrows between them.

    A model's inputs and outputs are arrows' ends, too: ("input", place) and ("output", place).
    """

    flow: Flow
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


_NAMES = """
_local_scalar_dense _reshape_alias _to_copy _unsafe_view alias arange as_strided clone contiguous copy
detach diagonal empty expand fill full item lift_fresh ones permute reshape resize scalar_tensor select
slice squeeze t transpose unfold unsqueeze view zeros
"""

_MAKING = """
bernoulli empty_like full_like new_empty new_full new_ones new_zeros ones_like rand_like randn_like
zeros_like
"""

HANDING_ON = frozenset(f"aten.{name}" for name in _NAMES.split())
"""Operators that only hand values on; arrows go through them."""

MAKING = frozenset(f"aten.{name}" for name in _MAKING.split())
"""Operators that take only the size of what they read; no arrow leads through them."""


def graph(flow: Flow, is_closed: Callable[[int], bool]) -> Graph:
    """Draw a flow with some calls closed; of nested ones the outermost counts."""
    closing = _outermost(flow, is_closed)
    fed = _fed(flow)
    parts = _parts(flow, closing, fed)
    members: defaultdict[Key, list[Step]] = defaultdict(list)
    homes: dict[int, Key] = {}
    for place, step in enumerate(flow.steps):
        call = closing[step.call]
        if place in parts:
            homes[place] = ("call", call, parts[place])
        elif call is None and place in fed and step.operator not in HANDING_ON:
            homes[place] = ("step", place)
        if place in homes:
            members[homes[place]].append(step)
    split = {call for call in closing.values() if call is not None and ("call", call, 1) in members}
    boxes = [
        Box(key, tuple(steps), closing[steps[0].call], closing[steps[0].call] in split)
        for key, steps in members.items()
    ]
    return Graph(flow, tuple(boxes), tuple(_arrows(flow, homes)))


def _outermost(flow: Flow, is_closed: Callable[[int], bool]) -> dict[int, int | None]:
    """For each call, the outermost closed call that it is or lies in."""
    found: dict[int, int | None] = {}
    for place, call in enumerate(flow.calls):
        around = None if call.within is None else found[call.within]
        found[place] = around if around is not None else place if is_closed(place) else None
    return found


def _fed(flow: Flow) -> frozenset[int]:
    """The places of the steps that follow from the model's inputs."""
    values = {port.value for port in flow.inputs}
    steps = set()
    for place, step in enumerate(flow.steps):
        if step.operator not in MAKING and not values.isdisjoint(step.reads):
            values.update(step.gives)
            steps.add(place)
    return frozenset(steps)


def _parts(flow: Flow, closing: Mapping[int, int | None], fed: frozenset[int]) -> dict[int, int]:
    """For each step in a closed call, the number of the unconnected part of that call it belongs to.

    What connects steps is what follows from the inputs; a step that does not, such as one on weights,
    belongs to the first that reads its result.
    """
    inside = {place: call for place, step in enumerate(flow.steps) if (call := closing[step.call]) is not None}
    busy = {call for place, call in inside.items() if place in fed}
    joined = {place: place for place, call in inside.items() if place in fed or call not in busy}

    def leader(place: int) -> int:
        while joined[place] != place:
            joined[place] = place = joined[joined[place]]
        return place

    first: dict[tuple[int, int | None], int] = {}
    for place in joined:
        step, call = flow.steps[place], inside[place]
        for value in (*step.reads, *step.gives) if call in busy else (None,):
            one, other = sorted((leader(first.setdefault((call, value), place)), leader(place)))
            joined[other] = one
    numbers: defaultdict[int, dict[int, int]] = defaultdict(dict)
    parts = {place: numbers[inside[place]].setdefault(leader(place), len(numbers[inside[place]])) for place in joined}
    readers = {value: place for place in reversed(inside) for value in flow.steps[place].reads}
    for place in sorted(inside.keys() - parts.keys(), reverse=True):
        reader = next((readers[value] for value in flow.steps[place].gives if value in readers), None)
        if reader in parts and inside[reader] == inside[place]:
            parts[place] = parts[reader]
    return parts


def _arrows(flow: Flow, homes: Mapping[int, Key]) -> Iterator[Arrow]:
    sources: dict[int, tuple[Key, ...]] = {}
    for place, port in enumerate(flow.inputs):
        sources[port.value] = (*sources.get(port.value, ()), ("input", place))
    carried: defaultdict[tuple[Key, Key], dict[int, None]] = defaultdict(dict)

    def carry(value: int, head: Key) -> None:
        for tail in sources.get(value, ()):
            if tail != head:
                carried[tail, head][value] = None

    for place, step in enumerate(flow.steps):
        home = homes.get(place)
        if home is not None:
            for value in step.reads:
                carry(value, home)
        read = () if step.operator in MAKING else step.reads
        through = _unique(source for value in read for source in sources.get(value, ()))
        for value in step.gives:
            sources[value] = through if home is None else (home,)
    for place, port in enumerate(flow.outputs):
        carry(port.value, ("output", place))
    for (tail, head), values in carried.items():
        yield Arrow(tail, head, tuple(values))


def _unique(keys: Iterable[Key]) -> tuple[Key, ...]:
    return tuple(dict.fromkeys(keys))
