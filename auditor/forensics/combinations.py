"""All combinations of settings, as sums over stages that are built once each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
import torch
from numpy.typing import NDArray

from auditor.errors import AuditError, SpecError
from auditor.forensics.search import Choice, Search
from auditor.models.assembly import build, build_stage
from auditor.models.hollow import hollow
from auditor.profiling import Profile
from auditor.profiling.measure import inspect
from auditor.spec import Claim, Spec, Stage
from auditor.spec.expression import Negation, Number, Operation, Quantity, Term
from auditor.spec.factory import ARGS
from auditor.spec.overrides import changed
from auditor.spec.settings import Setting

Numbers = NDArray[np.float64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Table:
    """All combinations: the chosen value's number for each choice, and each stage's parameters by path."""

    chosen: Mapping[str, NDArray[np.int32]]
    stages: Mapping[str, tuple[NDArray[np.int32], tuple[Profile | None, ...]]]
    possible: NDArray[np.bool_]

    @property
    def size(self) -> int:
        return len(self.possible)


@dataclass(frozen=True, eq=False)
class Built:
    """A stage's parameters, and what channels it gives; none if it is left out or cannot be built."""

    profile: Profile | None
    channels: tuple[int, ...] | None


Known = dict[tuple[str, str, tuple[int, ...] | None], Built]
"""Stages that were built, by block and arguments, and by the channels they were given."""


IMPOSSIBLE = (-1,)
"""The channels that come out where a stage cannot be built with its settings."""


def combinations(search: Search, progress: Progress | None = None, known: Known | None = None) -> Table:
    """Go through the stages: rows of combinations, each with the channels that come out so far."""
    if search.spec.factory:
        return _calls(search, progress)
    spec, known = search.spec, {} if known is None else known
    by_stage = {name: [choice for choice in search.choices if choice.stage == name] for name in spec.model}
    widths: list[tuple[int, ...] | None] = [spec.input.shape[:1]]
    width_of = np.zeros(1, dtype=np.int32)
    chosen: dict[str, NDArray[np.int32]] = {}
    stages: dict[str, tuple[NDArray[np.int32], tuple[Profile | None, ...]]] = {}
    done, total = 0, sum(prod(len(choice.values) for choice in own) for own in by_stage.values())
    for name, own in by_stage.items():
        ways = list(product(*(range(len(choice.values)) for choice in own)))
        built: dict[Built, int] = {}
        index = np.zeros((len(ways), len(widths)), dtype=np.int32)
        out = np.zeros((len(ways), len(widths)), dtype=np.int32)
        after: dict[tuple[int, ...] | None, int] = {}
        for number, way in enumerate(ways):
            stage = _stage(spec, name, own, way)
            for place, width in enumerate(widths):
                one = _built(name, stage, width, known)
                index[number, place] = built.setdefault(one, len(built))
                out[number, place] = after.setdefault(one.channels, len(after))
            done += 1
            if progress:
                progress(done, total)
        rows, way_of = np.repeat(np.arange(len(width_of)), len(ways)), np.tile(np.arange(len(ways)), len(width_of))
        came = width_of[rows]
        chosen = {key: values[rows] for key, values in chosen.items()}
        stages = {key: (values[rows], profiles) for key, (values, profiles) in stages.items()}
        for position, choice in enumerate(own):
            chosen[choice.name] = np.array([way[position] for way in ways], dtype=np.int32)[way_of]
        stages[name] = (index[way_of, came], tuple(one.profile for one in built))
        width_of, widths = out[way_of, came], list(after)
    possible = np.array([width != IMPOSSIBLE for width in widths])[width_of]
    return Table(chosen, stages, possible)


WHOLE = ""
"""The name under which a table holds what is not made of stages."""


def _calls(search: Search, progress: Progress | None) -> Table:
    """Call a factory once for each combination, for its parts need not add up."""
    ways = list(product(*(range(len(choice.values)) for choice in search.choices)))
    built: list[Profile | None] = []
    for way in ways:
        built.append(_called(_stage(search.spec, ARGS, search.choices, way)))
        if progress:
            progress(len(built), len(ways))
    chosen = {
        choice.name: np.array([way[place] for way in ways], dtype=np.int32)
        for place, choice in enumerate(search.choices)
    }
    index = np.arange(len(ways), dtype=np.int32)
    return Table(chosen, {WHOLE: (index, tuple(built))}, np.array([profile is not None for profile in built]))


def _called(spec: Spec) -> Profile | None:
    """What a factory makes, without memory for its values where its code allows that; None if it fails."""
    for device in ("meta", "cpu"):
        try:
            with torch.device(device):
                return inspect(build(spec))
        except SpecError:
            continue
    return None


def _stage(spec: Spec, name: str, own: Sequence[Choice], way: Sequence[int]) -> Spec:
    settings = [Setting(name, choice.argument, choice.values[at]) for choice, at in zip(own, way, strict=True)]
    return changed(spec, settings) if settings else spec


def _built(name: str, spec: Spec, channels: tuple[int, ...] | None, known: Known) -> Built:
    if name not in spec.model or channels == IMPOSSIBLE:
        return Built(None, channels)
    if channels is None:
        return Built(None, IMPOSSIBLE)
    stage = spec.model[name]
    arguments = sorted((key, entry.node.text or str(entry.node.value)) for key, entry in stage.arguments.items())
    key = (stage.block, str(arguments), channels)
    if key not in known:
        known[key] = _inspected(name, stage, channels)
    return known[key]


def _inspected(name: str, stage: Stage, channels: tuple[int, ...]) -> Built:
    try:
        with hollow():
            module, out = build_stage(name, stage, channels)
    except SpecError:  # wrong settings were refused before; these do not go together
        return Built(None, IMPOSSIBLE)
    return Built(inspect(module), out)


def reckoned(claim: Claim, search: Search, table: Table) -> Numbers:
    if claim.of is None or claim.of.is_statement:
        raise AuditError(f"'{claim.says.text}': only figures can be searched, not statements")
    root = claim.of.root
    assert isinstance(root, Number | Quantity | Negation | Operation)
    return _term(root, search, table)


_COMBINE: dict[str, Callable[[Numbers, Numbers], Numbers]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}


def _term(term: Term, search: Search, table: Table) -> Numbers:
    match term:
        case Number():
            return np.full(table.size, float(term.value))
        case Negation():
            return -_term(term.term, search, table)
        case Operation():
            left, right = _term(term.left, search, table), _term(term.right, search, table)
            with np.errstate(divide="ignore", invalid="ignore"):
                return _COMBINE[term.sign](left, right)
        case Quantity():
            return quantity_over(term, search, table)


def quantity_over(term: Quantity, search: Search, table: Table) -> Numbers:
    """A quantity over all combinations: of another variant it is one number, of this one a sum over stages."""
    part = search.scope.part(term.names, term.mark)
    if part.variant is not search.scope.variant:
        return np.full(table.size, float(getattr(part.variant.profile.under(part.paths), term.word)))
    found = np.zeros(table.size)
    for name, (index, profiles) in table.stages.items():
        inside = [path.removeprefix(name).lstrip(".") for path in part.paths if name == WHOLE or _within(path, name)]
        if "" in part.paths:
            inside = [""]
        if inside:
            sums = [_count(profile, term.word, inside) if profile else 0 for profile in profiles]
            found += np.array(sums, dtype=np.float64)[index]
    return found


def _count(profile: Profile, word: str, paths: Iterable[str]) -> int:
    held = profile.parameters_under(paths)
    return sum(parameter.count for parameter in held if parameter.trainable or word == "params")


def _within(path: str, stage: str) -> bool:
    return path == stage or path.startswith(f"{stage}.")
