"""Where another counter differs from what was measured, and why; what is told adds up to the difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from auditor.counters.count import Count
from auditor.counters.difference import Difference, Sort
from auditor.counters.place import Place, places
from auditor.counters.reasons import GUESSES, REASONS, missed, other_work
from auditor.profiling import Profile

_TOGETHER = 4
"""How many reasons are tried together for one module."""


def differences(profile: Profile, count: Count) -> tuple[Difference, ...]:
    """All differences, the largest first; together they are the whole difference of the totals."""
    found = [difference for place in places(profile, count) for difference in _differences(place)]
    return tuple(sorted(found, key=lambda difference: -abs(difference.gap)))


def _differences(place: Place) -> Iterator[Difference]:
    beside = list(other_work(place))
    yield from beside
    gap = place.charged - place.macs - sum(difference.gap for difference in beside)
    if gap:
        yield from _explained(place, gap)


def _explained(place: Place, gap: int) -> Sequence[Difference]:
    """The fewest reasons that come to the gap; or one that may account for it; or none."""
    known = [difference for reason in REASONS for difference in reason(place) if difference.gap]
    for together in (*_some(known), list(missed(place))):
        if sum(difference.gap for difference in together) == gap:
            return together
    for guess in GUESSES:
        for difference in guess(place, gap):
            return [difference]
    return [Difference(place.path, "", place.macs, place.macs + gap, Sort.UNKNOWN, "no known reason")]


def _some(known: Sequence[Difference]) -> Iterator[Sequence[Difference]]:
    for number in range(1, _TOGETHER + 1):
        yield from combinations(known, number)
