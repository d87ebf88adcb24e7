"""Arithmetic on what printed figures leave open: every operation keeps all values that are possible."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from auditor.spec.printed import Interval


@dataclass(frozen=True)
class Span:
    """All numbers from `low` to `high`, both included."""

    low: Fraction
    high: Fraction

    def __neg__(self) -> Span:
        return Span(-self.high, -self.low)

    def __add__(self, other: Span) -> Span:
        return Span(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Span) -> Span:
        return self + -other

    def __mul__(self, other: Span) -> Span:
        products = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Span(min(products), max(products))

    def __truediv__(self, other: Span) -> Span:
        if other.low <= 0 <= other.high:
            raise ZeroDivisionError("the divisor may be zero")
        return self * Span(1 / other.high, 1 / other.low)

    def overlaps(self, other: Span) -> bool:
        return self.low <= other.high and other.low <= self.high

    def meets(self, interval: Interval) -> bool:
        """Whether some number lies in both."""
        above = (
            interval.low is None or self.high > interval.low or (self.high == interval.low and not interval.open_low)
        )
        below = (
            interval.high is None or self.low < interval.high or (self.low == interval.high and not interval.open_high)
        )
        return above and below


def span_of(intervals: Iterable[Interval]) -> Span | None:
    """What a figure leaves open under any of its readings; None if that has no bounds."""
    lows, highs = zip(*((interval.low, interval.high) for interval in intervals), strict=True)
    if None in lows or None in highs:
        return None
    return Span(min(lows), max(highs))


def total(spans: Iterable[Span]) -> Span:
    """The sum of some spans."""
    return sum(spans, Span(Fraction(0), Fraction(0)))
