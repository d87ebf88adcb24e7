"""Under which settings claims about parameters hold: every combination, from blocks that are built once each.

Parameters add up over the stages of a pipeline. A stage's own depend on its settings and on the
channels it is given. So each stage is built once for every setting and every width it can meet, and
the combinations are sums of what was counted then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import log2, prod

import numpy as np
from numpy.typing import NDArray

from auditor.claims.scope import Scope
from auditor.errors import AuditError, SpecError, hint
from auditor.models import blocks
from auditor.models.assembly import BuildError, build_stage
from auditor.profiling import Profile
from auditor.profiling.measure import inspect
from auditor.spec import Claim, Spec, Stage
from auditor.spec.expression import Negation, Number, Operation, Quantity, Term
from auditor.spec.overrides import BLOCK, OFF, Setting, changed, parse_setting

MOST = 20_000_000
"""Combinations beyond which a search is refused."""

Numbers = NDArray[np.float64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Choice:
    """One setting that is varied, with all of its values."""

    stage: str
    argument: str
    values: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.stage}.{self.argument}" if self.argument else self.stage


@dataclass(frozen=True)
class Solution:
    """Settings, and what the claims' expressions come to under them."""

    settings: tuple[Setting, ...]
    values: tuple[Fraction, ...]


def parse_choice(text: str) -> Choice:
    """Read what is to be varied: `fpn.channels=32..96:4`, `attention.reduction=8,16,32`, `shuffle=on,off`."""
    setting = parse_setting(text, "--vary")
    values = [value for part in setting.value.split(",") for value in _range(part.strip(), text)]
    return Choice(setting.stage, setting.argument, tuple(dict.fromkeys(values)))


def _range(part: str, text: str) -> list[str]:
    if ".." not in part:
        return [part]
    ends, _, step = part.partition(":")
    first, _, last = ends.partition("..")
    try:
        numbers = range(int(first), int(last) + 1, int(step or 1))
    except ValueError:
        raise AuditError(f"--vary {text}: a range is written as 32..96 or 32..96:4, in whole numbers") from None
    if not numbers:
        raise AuditError(f"--vary {text}: the range {part} is empty")
    return [str(number) for number in numbers]


@dataclass(frozen=True)
class Search:
    """What is searched: claims of a spec over the combinations of some choices."""

    scope: Scope
    claims: tuple[Claim, ...]
    choices: tuple[Choice, ...]

    @property
    def spec(self) -> Spec:
        return self.scope.variant.spec

    @property
    def size(self) -> int:
        return prod(len(choice.values) for choice in self.choices)

    @cached_property
    def own(self) -> dict[str, str]:
        """The spec's own value for each choice."""
        found = {}
        for choice in self.choices:
            stage = self.spec.model[choice.stage]
            if not choice.argument:
                found[choice.name] = "on"
            elif choice.argument == BLOCK:
                found[choice.name] = stage.block
            else:
                entry, argument = stage.arguments.get(choice.argument), blocks()[stage.block].arguments[choice.argument]
                found[choice.name] = entry.node.text if entry else str(argument.default).lower()
        return found


def check(search: Search) -> None:
    """Refuse what cannot be searched, with the reason."""
    for choice in search.choices:
        if choice.stage not in search.spec.model:
            known = search.spec.model
            raise AuditError(f"--vary {choice.name}: the spec has no such stage" + hint(choice.stage, known, "stages"))
        block = blocks()[search.spec.model[choice.stage].block]
        if choice.argument not in ("", BLOCK, *block.arguments):
            advice = hint(choice.argument, block.arguments, "arguments")
            raise AuditError(f"--vary {choice.name}: the block '{block.name}' has no such argument{advice}")
        unfit = [value for value in choice.values if not choice.argument and value not in ("on", OFF)]
        if unfit:
            raise AuditError(f"--vary {choice.name}={unfit[0]}: a stage is on or off")
    if search.size > MOST:
        raise AuditError(f"{search.size:,} combinations are too many; at most {MOST:,} are searched")
    for claim in search.claims:
        for quantity in claim.of.quantities() if claim.of else ():
            if quantity.word not in ("params", "trainable"):
                raise AuditError(
                    f"'{quantity.word}' in {claim.of.text if claim.of else ''}: only parameters are searched"
                )


def over(choice: Choice, quantity: Quantity, scope: Scope, known: Known) -> dict[str, Fraction]:
    """What a quantity comes to for each value of one choice, all else as the spec has it."""
    search = Search(scope, (), (choice,))
    table = _combinations(search, known=known)
    found = _quantity(quantity, search, table)
    rows = zip(table.chosen[choice.name], found, table.possible, strict=True)
    return {choice.values[int(number)]: Fraction(float(value)) for number, value, possible in rows if possible}


@dataclass(frozen=True)
class Outcome:
    """How many combinations there are and how many hold, and the best of these.

    Where none holds, `nearest` comes closest to the claims.
    """

    tried: int
    possible: int
    holding: int
    best: tuple[Solution, ...]
    nearest: Solution | None


def solve(search: Search, progress: Progress | None = None) -> Outcome:
    """Try every combination; of those under which all claims hold, the nearest to the spec's own settings first."""
    check(search)
    table = _combinations(search, progress)
    values = [_reckoned(claim, search, table) for claim in search.claims]
    holds = table.possible.copy()
    for claim, found in zip(search.claims, values, strict=True):
        holds &= _inside(claim, found)
    places = np.flatnonzero(holds)
    order = places[np.argsort(_distances(search, table)[places], kind="stable")][:SHOWN]
    best = tuple(_solution(search, table, int(place), values) for place in order)
    nearest = None if best else _nearest(search, table, values)
    return Outcome(table.size, int(table.possible.sum()), len(places), best, nearest)


SHOWN = 10
"""Solutions that are told, and built to check them."""


def _nearest(search: Search, table: Table, values: Sequence[Numbers]) -> Solution | None:
    if not table.possible.any():
        return None
    misses = np.zeros(table.size)
    for claim, found in zip(search.claims, values, strict=True):
        printed = float(claim.says.value)
        misses = np.maximum(misses, np.abs(found - printed) / (abs(printed) or 1.0))
    misses[~table.possible] = np.inf
    return _solution(search, table, int(np.argmin(misses)), values)


def _inside(claim: Claim, found: Numbers) -> NDArray[np.bool_]:
    """Which values the claim's figure can stand for, in any of its readings."""
    fits = np.zeros(found.shape, dtype=bool)
    for interval in claim.says.intervals:
        low = -np.inf if interval.low is None else float(interval.low)
        high = np.inf if interval.high is None else float(interval.high)
        above = found > low if interval.open_low else found >= low
        below = found < high if interval.open_high else found <= high
        fits |= above & below
    return fits


@dataclass(frozen=True)
class Table:
    """All combinations: the chosen value's number for each choice, and each stage's parameters by path."""

    chosen: Mapping[str, NDArray[np.int32]]
    stages: Mapping[str, tuple[NDArray[np.int32], tuple[Profile | None, ...]]]
    possible: NDArray[np.bool_]

    @property
    def size(self) -> int:
        return len(self.possible)


def _combinations(search: Search, progress: Progress | None = None, known: Known | None = None) -> Table:
    """Go through the stages: rows of combinations, each with the channels that come out so far."""
    spec, known = search.spec, {} if known is None else known
    by_stage = {name: [choice for choice in search.choices if choice.stage == name] for name in spec.model}
    widths: list[tuple[int, ...] | None] = [spec.input.shape[:1]]
    width_of = np.zeros(1, dtype=np.int32)
    chosen: dict[str, NDArray[np.int32]] = {}
    stages: dict[str, tuple[NDArray[np.int32], tuple[Profile | None, ...]]] = {}
    done, total = 0, sum(prod(len(choice.values) for choice in own) for own in by_stage.values())
    for name, own in by_stage.items():
        ways = list(product(*(range(len(choice.values)) for choice in own)))
        built: list[Profile | None] = []
        index = np.zeros((len(ways), len(widths)), dtype=np.int32)
        out = np.zeros((len(ways), len(widths)), dtype=np.int32)
        after: dict[tuple[int, ...] | None, int] = {}
        for number, way in enumerate(ways):
            stage = _stage(spec, name, own, way)
            for place in np.unique(width_of):
                profile, channels = _built(name, stage, widths[place], known)
                index[number, place] = len(built)
                built.append(profile)
                out[number, place] = after.setdefault(channels, len(after))
            done += 1
            if progress:
                progress(done, total)
        rows, way_of = np.repeat(np.arange(len(width_of)), len(ways)), np.tile(np.arange(len(ways)), len(width_of))
        came = width_of[rows]
        chosen = {key: values[rows] for key, values in chosen.items()}
        stages = {key: (values[rows], profiles) for key, (values, profiles) in stages.items()}
        for position, choice in enumerate(own):
            chosen[choice.name] = np.array([way[position] for way in ways], dtype=np.int32)[way_of]
        stages[name] = (index[way_of, came], tuple(built))
        width_of, widths = out[way_of, came], list(after)
    possible = np.array([width != IMPOSSIBLE for width in widths])[width_of]
    return Table(chosen, stages, possible)


def _stage(spec: Spec, name: str, own: Sequence[Choice], way: Sequence[int]) -> Spec:
    settings = [Setting(name, choice.argument, choice.values[at]) for choice, at in zip(own, way, strict=True)]
    return changed(spec, settings)


Built = tuple[Profile | None, tuple[int, ...] | None]
Known = dict[tuple[str, str, tuple[int, ...] | None], Built]
"""Stages that were built, by block and arguments, and by the channels they were given."""


def _built(name: str, spec: Spec, channels: tuple[int, ...] | None, known: Known) -> Built:
    """A stage's parameters and what channels it gives; None where it is left out or cannot be built so."""
    if name not in spec.model or channels == IMPOSSIBLE:
        return None, channels
    if channels is None:
        raise SpecError(spec.model[name].mark, f"the stage '{name}' comes after the end of the pipeline")
    stage = spec.model[name]
    arguments = sorted((key, entry.node.text or str(entry.node.value)) for key, entry in stage.arguments.items())
    key = (stage.block, str(arguments), channels)
    if key not in known:
        known[key] = _inspected(name, stage, channels)
    return known[key]


def _inspected(name: str, stage: Stage, channels: tuple[int, ...]) -> Built:
    try:
        module, out = build_stage(name, stage, channels)
    except BuildError:
        return None, IMPOSSIBLE
    return inspect(module), out


IMPOSSIBLE = (-1,)
"""The channels that come out where a stage cannot be built with its settings."""


def _reckoned(claim: Claim, search: Search, table: Table) -> Numbers:
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
            return _quantity(term, search, table)


def _quantity(term: Quantity, search: Search, table: Table) -> Numbers:
    """A quantity over all combinations: of another variant it is one number, of this one a sum over stages."""
    part = search.scope.part(term.names, term.mark)
    if part.variant is not search.scope.variant:
        return np.full(table.size, float(getattr(part.variant.profile.under(part.paths), term.word)))
    found = np.zeros(table.size)
    for name, (index, profiles) in table.stages.items():
        inside = [path.removeprefix(name).lstrip(".") for path in part.paths if _within(path, name)]
        if "" in part.paths:
            inside = [""]
        if inside:
            sums = [getattr(profile.under(inside), term.word) if profile else 0 for profile in profiles]
            found += np.array(sums, dtype=np.float64)[index]
    return found


def _within(path: str, stage: str) -> bool:
    return path == stage or path.startswith(f"{stage}.")


def _solution(search: Search, table: Table, place: int, values: Sequence[Numbers]) -> Solution:
    settings = tuple(
        Setting(choice.stage, choice.argument, choice.values[int(table.chosen[choice.name][place])])
        for choice in search.choices
    )
    return Solution(settings, tuple(Fraction(float(found[place])) for found in values))


def _distances(search: Search, table: Table) -> Numbers:
    """How far each combination is from the spec's own settings: for each change 1, its doublings, and its oddness."""
    total = np.zeros(table.size)
    for choice in search.choices:
        own = search.own[choice.name]
        steps = [0.0 if value == own else 1 + _doublings(own, value) + _oddness(value) for value in choice.values]
        total += np.array(steps)[table.chosen[choice.name]]
    return total


def _doublings(own: str, value: str) -> float:
    try:
        return abs(log2(float(value) / float(own)))
    except (ValueError, ZeroDivisionError):
        return 1.0


def _oddness(value: str) -> float:
    """Widths and ratios are mostly multiples of eight, or powers of two."""
    if not value.isdecimal() or int(value) < 8:
        return 0.0
    number = int(value)
    return 0.0 if number % 8 == 0 else 0.25 if number % 4 == 0 else 0.5


def single_changes(search: Search) -> Iterator[tuple[Setting, ...]]:
    """The structural changes to try where no setting will do: a stage left out, or all of one block."""
    stages = list(search.spec.model)
    for name in stages[1:]:
        yield (Setting(name, "", OFF),)
    for block in dict.fromkeys(stage.block for stage in search.spec.model.values()):
        alike = [name for name, stage in search.spec.model.items() if stage.block == block]
        if len(alike) > 1:
            yield tuple(Setting(name, "", OFF) for name in alike)
