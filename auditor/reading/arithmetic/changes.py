"""From one figure to another: the difference, the percentage or the factor that is printed beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from auditor.reading.amounts import COUNT, FACTOR, POINTS, SHARE, Amount, amounts, heading_unit, the_amount
from auditor.reading.arithmetic.slips import Slip, slip
from auditor.reading.structure import Kind, Line, Reading, Table
from auditor.spec.spans import Span

_CHANGE = re.compile(
    r"chang|improv|\bvs\b|versus|reduc|increase|decrease|sav(?:ed|ing)|gain|delta|Δ|δ|\bdiff|growth|speed-?up|réduc|amélior|évolution"
    r"|änderung|veränder|ersparnis|verbesser|gewinn",
    re.IGNORECASE,
)
_WORDS_OF_CHANGE = re.compile(
    r"faster|slower|smaller|larger|fewer|less|more|lower|higher|reduction|improvement|increase|decrease|speedup|saving"
    r"|smaller|cheaper|moins|réduction|weniger|mehr|kleiner|schneller",
    re.IGNORECASE,
)
_ONE = Span(Fraction(1), Fraction(1))


def change_slips(reading: Reading) -> Iterator[Slip]:
    """Changes that do not follow from the two figures they stand beside."""
    for table in [way for one in reading.tables for way in (one, one.turned)]:
        for place, heading in enumerate(table.headings):
            if place > 1 and _CHANGE.search(heading):
                yield from _column_slips(table, place)
    for line in reading.lines:
        if line.kind is not Kind.CODE:
            yield from _line_slips(line)


Told = tuple[Amount, Amount, Amount]
"""A change with the figures before and after it."""


def _column_slips(table: Table, place: int) -> Iterator[Slip]:
    """The changes of a column, by whichever way of telling them most of its rows agree on."""
    ways = [_between_columns(table, place), *_against_rows(table, place)]
    best = max(ways, key=lambda told: sum(_fits(*one) for one in told))
    fitting = sum(_fits(*one) for one in best)
    wrong = [one for one in best if not _fits(*one)]
    if fitting > 1 and fitting > len(wrong):
        for before, after, change in wrong:
            yield from _slip(before, after, change)


def _between_columns(table: Table, place: int) -> list[Told]:
    """From one column to the next: the two figures to the left of each change."""
    found = []
    for row in table.rows:
        if 2 < place < len(row):
            unit = heading_unit(row[0].text)
            heading = unit and f"({unit})"
            before, after = the_amount(row[place - 2], heading=heading), the_amount(row[place - 1], heading=heading)
            change = next(iter(amounts(row[place])), None)
            if before and after and change and _is_change(change, before, after):
                found.append((before, after, change))
    return found


def _against_rows(table: Table, place: int) -> Iterator[list[Told]]:
    """From one row to another: against the row that tells no change, or against the row above."""
    rows = [row for row in table.rows if len(row) > place]
    changes = [next(iter(amounts(row[place], table.headings[place])), None) for row in rows]
    bases = [row for row, change in zip(rows, changes, strict=True) if change is None or change.magnitude == 0]
    for column in range(1, place):
        values = [the_amount(row[column], heading=table.headings[column]) for row in rows]
        for base in bases[:1]:
            yield _told([values[rows.index(base)]] * len(rows), values, changes)
        yield _told([None, *values[:-1]], values, changes)


def _told(
    before: Sequence[Amount | None], after: Sequence[Amount | None], changes: Sequence[Amount | None]
) -> list[Told]:
    found = []
    for one, other, change in zip(before, after, changes, strict=True):
        if one and other and change and one is not other and _is_change(change, one, other):
            found.append((one, other, change))
    return found


_ARROW = re.compile(r"^\s*(?:[a-z]+\s+)?(?:→|->|-->|⟶|=>|to)\s*(?:[a-z]+\s+)?$", re.IGNORECASE)
_OPENING = re.compile(r"^[^,.;()0-9]{0,30}[(,:–—-]\s*(?:a\s|an\s|i\.e\.\s|or\s)?$")


def _line_slips(line: Line) -> Iterator[Slip]:
    """A → B (change), or from A to B, a change: behind two figures that belong together."""
    found = amounts(line)
    for before, after, change in zip(found, found[1:], found[2:], strict=False):
        between = line.text[before.figure.end : after.figure.start]
        opening = line.text[after.figure.end : change.figure.start]
        closing = line.text[change.figure.end : change.figure.end + 30]
        if not _ARROW.match(between) or not _is_change(change, before, after):
            continue
        words = closing.partition(")")[0].strip(" %-")
        is_other = bool(re.search(r"[^\W\d]{3,}", words)) and not _WORDS_OF_CHANGE.search(words)
        is_told = (change.shows_sign or bool(_WORDS_OF_CHANGE.match(words))) and not is_other
        is_named = bool(_NAMED.match(opening)) and bool(_FROM.search(line.text[: before.figure.start]))
        if ((_OPENING.match(opening) and is_told) or is_named) and not _fits(before, after, change):
            yield from _slip(before, after, change)


_FROM = re.compile(r"\b(?:from|von|de)\s+(?:about\s+|~)?$", re.IGNORECASE)
_NAMED = re.compile(
    r"^[^.;()0-9]{0,20},\s(?:a|an|i\.e\.|which is a)\s(?:relative\s|further\s)?"
    r"(?:reduction|drop|decrease|increase|gain|improvement|saving|speed-?up)\sof\s$",
    re.IGNORECASE,
)


def _is_change(change: Amount, before: Amount, after: Amount) -> bool:
    if before.kind != after.kind or before.is_loose or change.is_loose or before.magnitude == 0:
        return False
    return change.kind in (SHARE, POINTS, FACTOR, before.kind) or (before.kind == SHARE and change.kind == COUNT)


def _fits(before: Amount, after: Amount, change: Amount) -> bool:
    """Whether a change follows from two figures in one of the ways it can be told."""
    readings = [reading for pair in _pairs(before, after) for reading in _readings(*pair, change)]
    return any(change.meets(way * side) for way in readings for side in (_ONE, -_ONE))


def _slip(before: Amount, after: Amount, change: Amount) -> Iterator[Slip]:
    readings = [reading for pair in _pairs(before, after) for reading in _readings(*pair, change)]
    ways = [way * side for way in readings for side in (_ONE, -_ONE) if way.is_bounded]
    if ways:
        nearest = min(ways, key=lambda way: abs((way.low or 0) - change.printed.value))
        yield slip(change, "the change between the two figures it is about", nearest, [before, after])


def _pairs(before: Amount, after: Amount) -> Iterator[tuple[Span, Span]]:
    """Two figures in the same convention of units."""
    yield from zip(before.spans, after.spans, strict=False)


def _readings(before: Span, after: Span, change: Amount) -> Iterator[Span]:
    """What the change between two figures can be called, the most usual first."""
    difference = after - before
    if change.kind == FACTOR:
        yield from (_ratio(after, before), _ratio(before, after))
    elif change.kind in (SHARE, POINTS):
        if change.kind == SHARE:
            yield _ratio(after, before) - _ONE
            if change.printed.value > 0 and (faster := _ratio(before, after) - _ONE).is_positive:
                yield faster
        if _are_shares(before, after):
            yield difference
    elif change.kind == COUNT and _are_shares(before, after):
        yield from (difference * Span(Fraction(100), Fraction(100)), difference)
    else:
        yield difference


def _are_shares(before: Span, after: Span) -> bool:
    return all(end is not None and -1 <= end <= 1 for end in (before.low, before.high, after.low))


def _ratio(over: Span, under: Span) -> Span:
    try:
        return over / under
    except ZeroDivisionError:
        return Span(None, None)
