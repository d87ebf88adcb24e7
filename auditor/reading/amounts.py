"""Figures as amounts that can be reckoned with: what kind of thing they count, and what they leave open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from auditor.reading.figures import Figure, figures_of
from auditor.reading.structure import Line
from auditor.spec.printed import BYTES, MEASURES, Printed, Shape
from auditor.spec.spans import Span

COUNT, SIZE, SHARE, POINTS, FACTOR = "count", "size", "%", "points", "×"
"""The kinds of amounts that are reckoned with; others are called by their unit."""


@dataclass(frozen=True)
class Amount:
    """A figure with its place, and what it leaves open under each way of reading it."""

    figure: Figure
    printed: Printed

    @property
    def text(self) -> str:
        return self.figure.text

    @property
    def line(self) -> int:
        return self.figure.line.number

    @property
    def unit(self) -> str:
        return self.printed.intervals[0].unit

    @property
    def kind(self) -> str:
        if self.unit in BYTES:
            return SIZE
        if self.unit in (SHARE, POINTS, FACTOR):
            return self.unit
        return self.unit if self.unit in MEASURES else COUNT

    @property
    def shows_sign(self) -> bool:
        """Whether the figure is printed as a change: +3.0%."""
        return self.printed.figure[0] in "+-\u2212\u2013±"

    @property
    def is_loose(self) -> bool:
        """Whether the figure only bounds what it stands for."""
        return self.printed.shape not in (Shape.EXACT, Shape.ROUNDED, Shape.APPROXIMATE)

    @property
    def spans(self) -> tuple[Span, ...]:
        """What the figure leaves open; a size in MB can also be one in MiB."""
        return tuple(Span(interval.low, interval.high) for interval in self.printed.intervals)

    @property
    def span(self) -> Span:
        return self.spans[0]

    def meets(self, span: Span) -> bool:
        """Whether some value of the span is one that the figure can stand for."""
        return any(span.meets(interval) for interval in self.printed.intervals)

    @property
    def magnitude(self) -> Fraction:
        return abs(self.printed.value)


def amounts(line: Line, heading: str = "") -> list[Amount]:
    """The amounts in a line or a cell; where a cell names no unit, the heading may."""
    found = [_amount(figure, heading) for figure in figures_of(line) if not figure.aside and figure.printed]
    return [amount for amount in found if amount]


def _amount(figure: Figure, heading: str) -> Amount | None:
    printed = figure.printed
    assert printed is not None
    unit = heading_unit(heading)
    if unit and printed.intervals[0].unit == "":
        numerals = figure.line.numerals[figure.start : figure.end].strip()
        printed = next((p for text in (f"{numerals}{unit}", f"{numerals} {unit}") for p in _parsed(text)), printed)
    return Amount(figure, printed)


def _parsed(text: str) -> Iterator[Printed]:
    try:
        yield Printed.parse(text)
    except ValueError:
        return


_BRACKETED = re.compile(
    r"[(\[,]\s*(?:in\s+)?(?P<unit>%|[KMGBT]i?B?|Mio|Mrd|ms|µs|s|h|min|FPS|fps|pp|×)\.?\s*[)\]]?\s*$|(?P<share>%)"
)


def heading_unit(heading: str) -> str:
    """The unit that a column's heading or a row's name sets for the figures under it: Size (MB)."""
    match = _BRACKETED.search(heading)
    return (match["unit"] or match["share"]) if match else ""


def the_amount(line: Line, kind: str | None = None, heading: str = "") -> Amount | None:
    """The one amount of a kind in a line or a cell, or the one before the brackets; else None."""
    found = [amount for amount in amounts(line, heading) if kind in (None, amount.kind)]
    if len(found) > 1 and "(" in line.text[found[0].figure.end : found[1].figure.start]:
        return found[0]
    return found[0] if len(found) == 1 else None
