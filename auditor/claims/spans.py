"""Arithmetic on what printed figures leave open: every operation keeps all values that are possible."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from auditor.spec.printed import Interval


@dataclass(frozen=True)
class Span:
    """All numbers from `low` to `high`, both included; None is unbounded."""

    low: Fraction | None
    high: Fraction | None

    @property
    def is_bounded(self) -> bool:
        return self.low is not None and self.high is not None

    def __contains__(self, value: Fraction) -> bool:
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)

    def __neg__(self) -> Span:
        return Span(None if self.high is None else -self.high, None if self.low is None else -self.low)

    def __add__(self, other: Span) -> Span:
        low = None if self.low is None or other.low is None else self.low + other.low
        high = None if self.high is None or other.high is None else self.high + other.high
        return Span(low, high)

    def __sub__(self, other: Span) -> Span:
        return self + -other

    def __mul__(self, other: Span) -> Span:
        ends = [
            a * b for a in (self.low, self.high) for b in (other.low, other.high) if a is not None and b is not None
        ]
        if self.is_bounded and other.is_bounded:
            return Span(min(ends), max(ends))
        if self.is_positive and other.is_positive:
            return Span(min(ends), None)
        return Span(None, None)

    def __truediv__(self, other: Span) -> Span:
        if Fraction(0) in other:
            raise ZeroDivisionError("the divisor may be zero")
        if not other.is_positive:
            return -self / -other
        assert other.low is not None
        return self * Span(Fraction(0) if other.high is None else 1 / other.high, 1 / other.low)

    @property
    def is_positive(self) -> bool:
        return self.low is not None and self.low >= 0

    def overlaps(self, other: Span) -> bool:
        """Whether some number lies in both."""
        return not (_is_below(self, other) or _is_below(other, self))

    def meets(self, interval: Interval) -> bool:
        """Whether some number lies in the span and in the interval."""
        span = Span(interval.low, interval.high)
        touches_low = interval.open_low and self.high is not None and self.high == interval.low
        touches_high = interval.open_high and self.low is not None and self.low == interval.high
        return self.overlaps(span) and not touches_low and not touches_high

    def __and__(self, other: Span) -> Span:
        """What lies in both spans, which overlap."""
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        return Span(max(lows, default=None), min(highs, default=None))

    def __or__(self, other: Span) -> Span:
        """The least span that takes in both."""
        low = None if self.low is None or other.low is None else min(self.low, other.low)
        high = None if self.high is None or other.high is None else max(self.high, other.high)
        return Span(low, high)


def _is_below(one: Span, other: Span) -> bool:
    return one.high is not None and other.low is not None and one.high < other.low


def span_of(intervals: Iterable[Interval]) -> Span | None:
    """What a figure leaves open under any of its readings; None if that is everything."""
    first, *more = (Span(interval.low, interval.high) for interval in intervals)
    for span in more:
        first |= span
    return None if first == Span(None, None) else first


def total(spans: Iterable[Span]) -> Span:
    """The sum of some spans."""
    return sum(spans, Span(Fraction(0), Fraction(0)))
