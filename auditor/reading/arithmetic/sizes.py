"""Sizes of models, beside the parameters they store."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from auditor.reading.amounts import COUNT, SIZE, Amount, amounts, the_amount
from auditor.reading.arithmetic.slips import Slip, slip
from auditor.reading.structure import Line, Reading, Table
from auditor.spec.spans import Span

_LEAST_COUNT = 1000
_PARAMETERS = re.compile(r"param|paramètre", re.IGNORECASE)
_WEIGHTS = re.compile(
    r"model\s+size|weight|gewicht|poids|file\s+size|\bsize\b|taille|größe|modellgröße|precision", re.IGNORECASE
)
_MORE_THAN_WEIGHTS = re.compile(
    r"memory|speicher|mémoire|\bv?ram\b|cache|checkpoint|ckpt|optimi[sz]er|activation|gradient|training|peak|dataset|data\b|\bzip|gzip|compress",
    re.IGNORECASE,
)
_BYTES_EACH = (Fraction(4), Fraction(2), Fraction(1), Fraction(1, 2), Fraction(8))
_TYPES = {"32": Fraction(4), "16": Fraction(2), "8": Fraction(1), "4": Fraction(1, 2), "64": Fraction(8)}
_TYPE = re.compile(r"\b(?:fp|float|bf|int|uint)[ -]?(?P<bits>64|32|16|8|4)\b", re.IGNORECASE)
_BESIDES = Fraction(105, 100)
"""How much larger than its parameters a file may be, for its buffers and names."""


def size_slips(reading: Reading) -> Iterator[Slip]:
    """Sizes that no way of storing the parameters beside them gives."""
    for table in reading.tables:
        yield from _sizes_by_column(table)
        yield from _sizes_by_row(table)
        if not any(_PARAMETERS.search(heading) for heading in table.headings):
            yield from _sizes_by_type(table)
    for listing in reading.listings:
        lines = [item.line for item in listing.items]
        counts = [a for line in lines if _PARAMETERS.search(line.text) and (a := _count(line))]
        sizes = [(line, a) for line in lines if _names_weights(line.text) and (a := the_amount(line, SIZE))]
        if len(counts) == 1:
            for line, size in sizes:
                yield from _size_slip(counts[0], size, line.text)


def _count(line: Line, heading: str = "") -> Amount | None:
    found = [amount for amount in amounts(line, heading) if amount.kind == COUNT and amount.magnitude >= _LEAST_COUNT]
    return found[0] if found else None


def _names_weights(text: str) -> bool:
    return bool(_WEIGHTS.search(text)) and not _MORE_THAN_WEIGHTS.search(text)


def _sizes_by_column(table: Table) -> Iterator[Slip]:
    """Models in columns: a row of parameters, and one of sizes."""
    counts = [
        row for row in table.rows if _PARAMETERS.search(row[0].text) and not _MORE_THAN_WEIGHTS.search(row[0].text)
    ]
    sizes = [row for row in table.rows if _names_weights(row[0].text)]
    for row in sizes:
        for place in range(1, min(len(row), len(counts[0]) if counts else 0)):
            size = the_amount(row[place], SIZE, row[0].text)
            params = _count(counts[0][place], counts[0][0].text)
            if size and params and not size.shows_sign and not params.shows_sign:
                yield from _size_slip(params, size, row[0].text)


def _sizes_by_row(table: Table) -> Iterator[Slip]:
    """Models in rows: a column of parameters, and one of sizes."""
    headings = list(enumerate(table.headings))
    counts = [place for place, heading in headings if place and _PARAMETERS.search(heading)]
    sizes = [place for place, heading in headings if place and _names_weights(heading)]
    for row in table.rows:
        for place in sizes if not _MORE_THAN_WEIGHTS.search(row[0].text) else ():
            if len(counts) == 1 and max(place, counts[0]) < len(row):
                size = the_amount(row[place], SIZE, table.headings[place])
                params = _count(row[counts[0]], table.headings[counts[0]])
                if size and params:
                    yield from _size_slip(params, size, f"{row[0].text} {table.headings[place]}")


def _sizes_by_type(table: Table) -> Iterator[Slip]:
    """The same weights stored in several types: their sizes go with the types' widths."""
    for place in range(1, len(table.headings)):
        if _names_weights(table.headings[place]):
            cells = [(row[0].text, row[place]) for row in table.rows if place < len(row)]
            yield from _type_slips([(name, the_amount(cell, SIZE, table.headings[place])) for name, cell in cells])
    for row in table.rows:
        cells = [(heading, cell) for heading, cell in zip(table.headings[1:], row[1:], strict=False)]
        plain = [(heading, cell) for heading, cell in cells if not _MORE_THAN_WEIGHTS.search(heading)]
        yield from _type_slips([(heading, the_amount(cell, SIZE, heading)) for heading, cell in plain])


def _type_slips(stored: Sequence[tuple[str, Amount | None]]) -> Iterator[Slip]:
    typed = [(_TYPES[match["bits"]], size) for name, size in stored if size and (match := _TYPE.search(name))]
    if len({width for width, _ in typed}) < len(typed) or any(size.is_loose for _, size in typed):
        return
    narrow = min(typed, key=lambda one: one[0], default=None)
    for width, size in typed:
        others = [(other, theirs) for other, theirs in typed if theirs is not size]
        fitting = [one for one in others if _is_in_proportion(width, size, *one)]
        if narrow and others and not fitting and (len(others) > 1 or size is not narrow[1]):
            other, theirs = others[0]
            yield slip(
                size, f"its size beside {theirs.text}", theirs.span * Span(width / other, width / other), [theirs]
            )


def _is_in_proportion(width: Fraction, size: Amount, other: Fraction, theirs: Amount) -> bool:
    low, high = theirs.span.low, theirs.span.high
    if low is None or high is None:
        return True
    return size.meets(Span(low * width / other / _BESIDES, high * width / other * _BESIDES))


def _size_slip(params: Amount, size: Amount, context: str) -> Iterator[Slip]:
    if params.is_loose or size.is_loose or params.span.low is None or params.span.high is None:
        return
    named = _TYPE.search(context)
    each = (_TYPES[named["bits"]],) if named else _BYTES_EACH
    ways = [Span(params.span.low * bytes_each, params.span.high * bytes_each) for bytes_each in each]
    if not any(size.meets(Span(way.low, way.high * _BESIDES)) for way in ways if way.high is not None):
        yield slip(size, "the parameters' size", ways[:1], [params])
