"""Under which settings claims about parameters hold: every combination, from blocks that are built once each.

Parameters add up over the stages of a pipeline. A stage's own depend on its settings and on the
channels it is given. So each stage is built once for every setting and every width it can meet, and
the combinations are sums of what was counted then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import log2

import numpy as np
from numpy.typing import NDArray

from auditor.forensics.combinations import Numbers, Progress, Table, combinations, reckoned
from auditor.forensics.search import Search, check
from auditor.spec import Claim
from auditor.spec.settings import OFF, Setting


@dataclass(frozen=True)
class Solution:
    """Settings, and what the claims' expressions come to under them."""

    settings: tuple[Setting, ...]
    values: tuple[Fraction, ...]


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
    table = combinations(search, progress)
    values = [reckoned(claim, search, table) for claim in search.claims]
    holds = table.possible.copy()
    for claim, found in zip(search.claims, values, strict=True):
        holds &= _inside(claim, found) & np.isfinite(found)
    places = np.flatnonzero(holds)
    order = places[np.argsort(_distances(search, table)[places], kind="stable")][:SHOWN]
    best = tuple(_solution(search, table, int(place), values) for place in order)
    nearest = None if best else _nearest(search, table, values)
    return Outcome(table.size, int(table.possible.sum()), len(places), best, nearest)


SHOWN = 10
"""Solutions that are told, and built to check them."""


def _nearest(search: Search, table: Table, values: Sequence[Numbers]) -> Solution | None:
    misses = np.zeros(table.size)
    for claim, found in zip(search.claims, values, strict=True):
        printed = float(claim.says.value)
        miss = np.abs(found - printed) / (abs(printed) or 1.0)
        misses = np.maximum(misses, np.where(np.isfinite(miss), miss, np.inf))
    misses[~table.possible] = np.inf
    if not np.isfinite(misses).any():
        return None
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
