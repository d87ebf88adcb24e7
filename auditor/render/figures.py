"""How numbers are written."""

from __future__ import annotations

from fractions import Fraction

from auditor.spec.printed import BYTES, MEASURES, Interval

_TELLING = 10
"""How many times the printed value a difference may be for its percentage still to tell anything."""


def count(value: int) -> str:
    """A count with its thousands set apart: 592,371."""
    return f"{value:,}".replace("-", "−")


def percent(share: Fraction, digits: int = 1) -> str:
    """A share as a percentage: 36.0%."""
    return f"{float(share * 100):.{digits}f}%"


def percentage(percent: float) -> str:
    """A percentage, rounded down: only what is complete is 100%."""
    return f"{int(percent * 10) / 10:g}%"


def compact(value: int) -> str:
    """A large count in short: 1.244G."""
    for letter, scale in (("T", 10**12), ("G", 10**9), ("M", 10**6), ("K", 10**3)):
        if value >= scale:
            return f"{value / scale:.3f}{letter}"
    return str(value)


def brief(value: int) -> str:
    """A large count to three digits: 1.24G."""
    for letter, scale in (("T", 10**12), ("G", 10**9), ("M", 10**6), ("K", 10**3)):
        if value >= scale:
            whole = len(str(value // scale))
            return f"{value / scale:.{max(0, 3 - whole)}f}{letter}"
    return str(value)


def amount(value: Fraction, unit: str) -> str:
    """A measured value, in the unit that the figure it is held against is printed in."""
    if unit in ("%", "points"):
        return f"{_decimal(value * 100, 4)}{'%' if unit == '%' else ' points'}"
    if unit == "×":
        return f"{_decimal(value, 4)}×"
    if unit in MEASURES:
        return f"{_decimal(value, 4)} {unit}"
    if unit in BYTES:
        return f"{_decimal(value / BYTES[unit], 4)} {unit}"
    return count(int(value)) if value.denominator == 1 else _decimal(value, 4)


def span(interval: Interval) -> str:
    """An interval of values: [488,500, 489,500), or = 592,371, or ≤ 22."""
    low, high = interval.low, interval.high
    if low is not None and low == high:
        return f"= {amount(low, interval.unit)}"
    if low is None:
        return f"{'<' if interval.open_high else '≤'} {amount(high, interval.unit)}" if high is not None else ""
    if high is None:
        return f"{'>' if interval.open_low else '≥'} {amount(low, interval.unit)}"
    left, right = "(" if interval.open_low else "[", ")" if interval.open_high else "]"
    return f"{left}{amount(low, interval.unit)}, {amount(high, interval.unit)}{right}"


def difference(measured: Fraction, printed: Fraction, unit: str) -> str:
    """How far a measured value lies from a printed one: +12,345 (+2.5%)."""
    gap = measured - printed
    sign = "+" if gap > 0 else "−"
    text = f"{sign}{amount(abs(gap), 'points' if unit == '%' else unit)}"
    if unit in ("%", "points") or abs(gap) > _TELLING * abs(printed):
        return text
    return f"{text} ({sign}{percent(abs(gap / printed))})" if gap else "0"


def _decimal(value: Fraction, digits: int) -> str:
    """A number with at most so many decimals, thousands set apart, without trailing zeros."""
    text = f"{float(value):,.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")
