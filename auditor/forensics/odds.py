"""How easily chance would have explained a figure: the share of other figures that would be hit, too.

A large space of hypotheses explains anything. So a figure's explanation is weighed against all
candidates that are no more far-fetched than it: of all figures of about this size, printed to
this precision, how many would one of them have hit? That share is the odds of its being chance.
Since it is taken over the same candidates, a figure drawn at random is explained with odds below
some threshold no more often than the threshold says.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import log

from auditor.spec.printed import Printed, Shape

AROUND = 2.0
"""Figures up to this many times larger or smaller are 'of about this size'."""

CONVINCING = 0.02
"""Odds above this explain nothing."""


def precision(printed: Printed) -> float | None:
    """Half the width of what a figure stands for, relative to it; None where it limits nothing."""
    if printed.shape not in (Shape.EXACT, Shape.ROUNDED, Shape.APPROXIMATE) or printed.value == 0:
        return None
    low, high = printed.intervals[0].low, printed.intervals[0].high
    if low is None or high is None:
        return None
    half = (high - low) / 2 or _EXACT
    return float(half / abs(printed.value))


_EXACT = Fraction(1, 2)
"""Half of what a count stands for, among all whole numbers."""


def can_convince(printed: Printed) -> bool:
    """Whether a figure is precise enough for a large space of hypotheses not to explain it by chance."""
    half = precision(printed)
    return half is not None and half < _PRECISE


_PRECISE = 2e-4


def odds(printed: Printed, values: Iterable[Fraction]) -> float:
    """The share of figures around the printed one, of its precision, that one of the values hits."""
    half = precision(printed)
    if half is None:
        return 1.0
    sign = 1 if printed.value > 0 else -1
    centre, reach = log(abs(printed.value)), log(AROUND)
    low, high = centre - reach, centre + reach
    sizes = (sign * float(value) for value in values)
    places = sorted(log(size) for size in sizes if size > 0)
    covered, reached = 0.0, low
    for place in places:
        start, end = max(place - half, reached), min(place + half, high)
        if end > start:
            covered += end - start
            reached = end
    return min(1.0, covered * len(printed.intervals) / (2 * reach))
