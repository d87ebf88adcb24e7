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

    @property
    def is_exact(self) -> bool:
        return self.is_bounded and self.low == self.high

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

    def lies_in(self, interval: Interval) -> bool:
        """Whether every number of the span lies in the interval."""
        low = interval.low is None if self.low is None else self.low in interval
        return low and (interval.high is None if self.high is None else self.high in interval)

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


def _is_below(one: Span, other: Span, touching: bool = False) -> bool:
    if one.high is None or other.low is None:
        return False
    return one.high < other.low or (touching and one.high == other.low)


def compare(left: Span, sign: str, right: Span) -> bool | None:
    """Whether a comparison holds of all numbers in two spans; None if of some and not of others."""
    if sign == "=":
        is_so, is_not = left.is_exact and left == right, not left.overlaps(right)
    else:
        less, more = (left, right) if "<" in sign else (right, left)
        is_so = _is_below(less, more, touching="=" in sign)
        is_not = _is_below(more, less, touching="=" not in sign)
    return True if is_so else False if is_not else None


def total(spans: Iterable[Span]) -> Span:
    """The sum of some spans."""
    return sum(spans, Span(Fraction(0), Fraction(0)))
