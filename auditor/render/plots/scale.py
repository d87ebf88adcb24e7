"""Axes for counts of any size: logarithmic, with a place of its own for zero."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log, log10
from typing import TYPE_CHECKING, Any

from auditor.render.figures import compact
from auditor.render.plots.lettering import GREY, MIDDLE, SMALL, width
from auditor.render.plots.placing import Box
from auditor.render.plots.sheet import EDGE, fill, line, write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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

_TICK, _NUMBER, _TITLE = 2.0, 9.0, 18.0
"""How far below an axis its ticks reach, and the lines of its numbers and of its title are."""

_BESIDE, _AIR = 4.0, 1.0
"""How far beside an axis its numbers end, and what stays free before them."""

_LETTERED = 10**15
_AXIS: dict[str, Any] = {"color": GREY, "linewidth": 0.5, "solid_capstyle": "butt"}
_BAND: dict[str, Any] = {"color": "#EFEFEF", "linewidth": 0, "zorder": 0}


@dataclass(frozen=True)
class Scale:
    """A logarithmic axis of some length: its ends, its ticks, and whether zero has a place before it."""

    low: float
    high: float
    length: float
    ticks: tuple[int, ...]
    has_zero: bool

    @property
    def room(self) -> float:
        """How much room the axis takes up beside what it measures, where it stands upright."""
        return max((width(short(tick), SMALL) for tick in self.ticks), default=0.0) + _BESIDE + _AIR

    def place(self, value: float) -> float:
        """How many points from the lower end of the axis a value is; zero is in the middle of its band."""
        zero = _ZERO_SHARE * self.length if self.has_zero else 0.0
        if value < self.low:
            return zero / 3 * (1 + 2 * value / self.low)
        return zero + (self.length - zero) * log(value / self.low) / log(self.high / self.low)

    def draw_across(self, figure: Figure, room: Box) -> None:
        """Draw it along the foot of a part of the sheet, for numbers of parameters."""
        line(figure, [room.left, room.right], [room.bottom, room.bottom], **_AXIS)
        if self.has_zero:
            fill(figure, room.left, room.bottom, self._band, room.top - room.bottom, **_BAND)
        for tick in self._marked:
            x = room.left + self.place(tick)
            line(figure, [x, x], [room.bottom - _TICK, room.bottom], **_AXIS)
            write(figure, x, room.bottom - _NUMBER, short(tick), SMALL, GREY, "center")
        write(figure, (room.left + room.right) / 2, room.bottom - _TITLE, "Parameters", side="center")

    def draw_up(self, figure: Figure, room: Box) -> None:
        """Draw it along the left of a part of the sheet, for numbers of multiply-accumulates."""
        line(figure, [room.left, room.left], [room.bottom, room.top], **_AXIS)
        if self.has_zero:
            fill(figure, room.left, room.bottom, room.right - room.left, self._band, **_BAND)
        for tick in self._marked:
            y = room.bottom + self.place(tick)
            line(figure, [room.left - _TICK, room.left], [y, y], **_AXIS)
            write(figure, room.left - _BESIDE, y - MIDDLE * SMALL, short(tick), SMALL, GREY, "right")
        write(figure, EDGE, room.top + EDGE, "MACs")

    @property
    def _marked(self) -> tuple[int, ...]:
        return (0, *self.ticks) if self.has_zero else self.ticks

    @property
    def _band(self) -> float:
        """How far the band of zero reaches."""
        return 2 * self.place(0)


def scale(values: Iterable[float], length: float, apart: float) -> Scale:
    """A scale for an axis of some length in points, on which all values have a place; below one is zero."""
    given = list(values)
    positive = [value for value in given if value >= 1] or [1]
    low, high = min(positive), max(positive)
    beyond = max((high / low) ** (1 + 2 * _FREE), _NARROWEST) ** 0.5
    middle = (low * high) ** 0.5
    low, high = middle / beyond, middle * beyond
    decades = apart * log10(high / low) / length
    return Scale(low, high, length, _ticks(low, high, decades), any(value < 1 for value in given))


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
