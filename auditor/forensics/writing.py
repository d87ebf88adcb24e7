"""Slips of the pen: units, digits and rounding, made on the way from a right number to the page."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from auditor.forensics.candidate import Candidate
from auditor.spec.printed import BYTES, Printed, Shape

_NAME = "unit or digits"


def slips_of_the_pen(measured: Fraction, printed: Printed, of: str) -> Iterator[Candidate]:
    """What the right value becomes by one slip in writing it down."""
    for factor, text, cost in _FACTORS:
        yield Candidate(measured * factor, _NAME, f"right but for its unit: {text}", cost)
    if of == "params":
        for factor, text in _BYTES_EACH:
            yield Candidate(measured * factor, _NAME, f"right as a size: {text}", 3)
    if (cut := _truncated(measured, printed)) is not None:
        yield Candidate(cut, "cut off", "right but for its rounding: cut off after the last printed digit", 1)
    for swapped in _transposed(measured, printed):
        yield Candidate(swapped, "transposed digits", "right but for two digits that changed places", 2)


_FACTORS = (
    (Fraction(1000), "a thousand times too large", 2),
    (Fraction(1, 1000), "a thousand times too small", 2),
    (Fraction(10), "ten times too large", 3),
    (Fraction(1, 10), "ten times too small", 3),
    (Fraction(1000, 1024), "K as 1,024", 2),
    (Fraction(1000**2, 1024**2), "M as 1,024²", 2),
    (Fraction(1000**3, 1024**3), "G as 1,024³", 2),
)
_BYTES_EACH = (
    (Fraction(4), "four bytes for each parameter"),
    (Fraction(2), "two bytes for each parameter"),
    (Fraction(32), "32 bits for each parameter"),
)


def _step(printed: Printed) -> Fraction | None:
    """What one step of the last printed digit is worth."""
    interval = printed.intervals[0]
    if printed.shape is not Shape.ROUNDED or interval.low is None or interval.high is None or interval.unit in BYTES:
        return None
    return interval.high - interval.low


def _truncated(measured: Fraction, printed: Printed) -> Fraction | None:
    step = _step(printed)
    return None if step is None else (measured // step) * step


def _transposed(measured: Fraction, printed: Printed) -> Iterator[Fraction]:
    """The right figure, as it would be printed, with two neighbouring digits exchanged."""
    step = _step(printed) or Fraction(1)
    digits = str(round(abs(measured) / step))
    for place in range(len(digits) - 1):
        if digits[place] != digits[place + 1] and not (place == 0 and digits[1] == "0"):
            swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
            yield int(swapped) * step * (1 if measured >= 0 else -1)
