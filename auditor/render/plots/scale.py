"""Axes for counts of any size: logarithmic, with a place of its own for zero."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Literal

from auditor.render.figures import compact
from auditor.render.plots.lettering import SMALL, width

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NARROWEST = 1.25
"""How many times its lower end the upper end of an axis is at least, so that round counts lie between."""

_FREE = 0.05
"""How much of an axis lies beyond the outermost values, at each end."""

_DIGITS = (*(tuple(range(100, 1000, step)) for step in (10, 20, 50, 100)), (100, 200, 500), (100,))
"""With which three digits the ticks of each power of ten may begin, from many ticks to few."""

_ZERO_SHARE = 0.09
"""How much of an axis the place of zero takes up."""

ACROSS, UP = 24.0, 14.0
"""How many points two ticks are apart at least, so that what is written at them does not meet."""

_TICK = 5.0
"""How far beside an axis its numbers begin."""

_LETTERED = 10**15
_BAND = "#EFEFEF"


@dataclass(frozen=True)
class Scale:
    """The ends of a logarithmic axis, its ticks, and whether zero has a place before it."""

    low: float
    high: float
    ticks: tuple[int, ...]
    has_zero: bool

    @property
    def room(self) -> float:
        """How much room the axis takes up beside what it measures, where it stands upright."""
        return max((width(short(tick), SMALL) for tick in self.ticks), default=0.0) + _TICK

    @property
    def _zero_decades(self) -> float:
        """The place of zero, as wide as so many powers of ten."""
        return log10(self.high / self.low) * _ZERO_SHARE / (1 - _ZERO_SHARE)

    def along(self, axes: Axes, which: Literal["x", "y"]) -> None:
        """Give axes this scale in one direction."""
        from matplotlib.scale import LogScale, SymmetricalLogScale

        across = which == "x"
        axis = axes.xaxis if across else axes.yaxis
        set_scale, set_ends = (axes.set_xscale, axes.set_xlim) if across else (axes.set_yscale, axes.set_ylim)
        if self.has_zero:
            linear = self._zero_decades * 2 / 3 * (1 - 1 / 10)
            set_scale(SymmetricalLogScale(axis, linthresh=self.low, linscale=linear))
            set_ends(-self.low / 2, self.high)
            (axes.axvspan if across else axes.axhspan)(-self.low / 2, self.low / 2, color=_BAND, lw=0, zorder=0)
        else:
            set_scale(LogScale(axis))
            set_ends(self.low, self.high)
        ticks = (0, *self.ticks) if self.has_zero else self.ticks
        axis.set_ticks([float(tick) for tick in ticks], [short(tick) for tick in ticks])
        axis.set_ticks([], minor=True)


def scale(values: Iterable[float], length: float, apart: float) -> Scale:
    """A scale for an axis of some length in points, on which all values have a place; below one is zero."""
    given = list(values)
    positive = [value for value in given if value >= 1] or [1]
    low, high = min(positive), max(positive)
    beyond = max((high / low) ** (1 + 2 * _FREE), _NARROWEST) ** 0.5
    middle = (low * high) ** 0.5
    low, high = middle / beyond, middle * beyond
    decades = apart * log10(high / low) / length
    return Scale(low, high, _ticks(low, high, decades), any(value < 1 for value in given))


def short(value: int) -> str:
    """A round count in as few letters as can be: 500K, or 1e18 where no letter is left."""
    if value >= _LETTERED:
        return f"{value:.0e}".replace("e+", "e")
    return re.sub(r"\.?0+(?=[KMGT]$)", "", compact(value))


def _ticks(low: float, high: float, apart: float) -> tuple[int, ...]:
    """The round counts between two ends, as many as may be if they are so many powers of ten apart."""
    powers = range(max(0, floor(log10(low))), floor(log10(high)) + 1)
    for digits in _DIGITS:
        hundredths = (digit * 10**power for power in powers for digit in digits)
        found = tuple(value // 100 for value in hundredths if value % 100 == 0 and low <= value // 100 <= high)
        if all(log10(after / before) >= apart for before, after in pairwise(found)):
            return found
    return found[:: ceil(apart)]
