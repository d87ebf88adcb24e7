"""Columns of tables: parts and their total, their mean, and shares of a whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from auditor.reading.amounts import COUNT, SHARE, SIZE, Amount, heading_unit, the_amount
from auditor.reading.arithmetic.slips import Slip, slip
from auditor.reading.structure import Reading, Row, Table
from auditor.spec.spans import Span, total

_TOTAL = re.compile(
    r"^\W*(?:(?:grand|over)?\s?-?(?:total|all)|sum|gesamt|insgesamt|summe|somme|ensemble)\b", re.IGNORECASE
)
_GRAND = re.compile(r"^\W*(?:grand|over-?all)\b", re.IGNORECASE)
_MEAN = re.compile(r"^\W*(?:average|avg|mean|mittel|mittelwert|durchschnitt|moyenne)\b", re.IGNORECASE)
_SUBTOTAL = re.compile(r"sub-?\s?total|zwischensumme|sous-total|\S\s+total\W*$", re.IGNORECASE)
_NESTED = re.compile(r"^\s*(?:&nbsp;|[↳└├–—•+>·-]|of which\b|incl|davon\b|darin\b|dont\b)", re.IGNORECASE)
_CHANGED = re.compile(
    r"reduc|chang|improve|increase|decrease|saving|gain|delta|δ|diff|speed|growth|réduc|änderung|veränder|ersparnis"
    r"|overhead|ratio|factor|peak|loss|rate|accura|error|recall|precision|score|iou|\bm?ap\b|top-\d",
    re.IGNORECASE,
)
_SHARED = re.compile(
    r"^\W*%\W*$|%\s+of\b|percent|share|proportion|distribution|fraction|anteil|\bmix|\bweight|\bpart\b", re.IGNORECASE
)
_METRIC_MOST = 1.2
"""A column in per cent whose heading names no share may be one if it adds up to hardly more than all."""
_ALONGSIDE = re.compile(r"pipelined|parallel|overlap|peak|\bmax|per\b|/", re.IGNORECASE)
_ADDITIVE = (COUNT, SIZE, SHARE, "ms", "s")

FEWEST = 3
"""Shares that must agree on a whole before one that does not is a slip."""


@dataclass(frozen=True)
class Column:
    """One column of a table: the amounts of some rows, with the rows' names."""

    place: int
    heading: str
    names: tuple[str, ...]
    amounts: tuple[Amount | None, ...]
    summary: Amount | None = None
    names_a_thing: bool = False
    has_gaps: bool = False

    @property
    def present(self) -> list[Amount]:
        return [amount for amount in self.amounts if amount]


def column_slips(reading: Reading) -> Iterator[Slip]:
    """Totals that are not the sum of their column, means that are not its mean."""
    for table in reading.tables:
        for column in _summed(table, _TOTAL, _SUBTOTAL):
            if not list(_unfit_slips(table, column.place)):  # which says already what is wrong in it
                yield from _total_slips(column)
        for column in _summed(table, _MEAN):
            yield from _mean_slips(column)
        yield from _agreed_slips(_headed(table))
        yield from _agreed_slips(_summed(table.turned, _TOTAL))
        yield from _agreed_slips(_headed(table.turned))
        yield from _agreed_slips(_summed(table.turned, _MEAN), means=True)


def _agreed_slips(columns: Iterable[Column], means: bool = False) -> Iterator[Slip]:
    """Totals, or means, that do not fit, where most of the others in the table do."""
    judged = [(column, list((_mean_slips if means else _total_slips)(column))) for column in columns]
    exact = [found for column, found in judged if column.summary and len(column.present) > 1]
    if sum(not found for found in exact) > max(1, sum(bool(found) for found in exact)):
        yield from (slip for found in exact for slip in found)


def _headed(table: Table) -> Iterator[Column]:
    """Columns whose total stands above its parts: as many rows below it as add up to it in most columns."""
    if not table.rows or not _TOTAL.search(table.rows[0][0].text):
        return
    best: list[Column] = []
    for last in range(3, len(table.rows) + 1):
        below = Table(table.headings, (*table.rows[1:last], table.rows[0]))
        columns = list(_summed(below, _TOTAL))
        if sum(_is_sum(column) for column in columns) > sum(_is_sum(column) for column in best):
            best = columns
    yield from best


_BARE = re.compile(r"\W*(?:grand\s)?\w+\W*", re.IGNORECASE)


def _is_far(whole: Amount | None, parts: Sequence[Amount]) -> bool:
    """Whether a total is of another thing than the rows above: total params below numbers of layers."""
    added = sum(part.printed.value for part in parts)
    return whole is None or added == 0 or not Fraction(1, 2) < whole.printed.value / added < 2


def _is_sum(column: Column) -> bool:
    whole = column.summary
    return whole is not None and len(column.present) > 1 and not list(_total_slips(column)) and _is_telling(whole)


def _is_telling(whole: Amount) -> bool:
    return whole.magnitude >= _BEYOND_CHANCE and whole.kind in (COUNT, SIZE)


def share_slips(reading: Reading) -> Iterator[Slip]:
    """Shares that add up to more than everything, or do not fit the parts beside them."""
    for table in reading.tables:
        for place, heading in enumerate(table.headings[1:], start=1):
            shares = _column(table, place)
            if _is_shares(heading, shares):
                unfit = list(_unfit_slips(table, place))
                yield from unfit or over_all_slips(shares.names, shares.amounts)


def _summed(table: Table, label: re.Pattern[str], partly: re.Pattern[str] | None = None) -> Iterator[Column]:
    """The columns that a row of totals or means closes, with the rows it sums up.

    A row that is `partly` a total sums up those since the last such row.
    """
    first = since = 0
    for number, row in enumerate(table.rows):
        name = row[0].text
        is_part = bool(partly and partly.search(name)) and not re.match(r"\W*(?:grand\s)?total", name, re.IGNORECASE)
        if heading_unit(name) and not any(heading_unit(other[0].text) for other in table.rows[:number]):
            continue  # a quantity of its own, such as a total time in hours
        if is_part or (label.search(name) and not _ALONGSIDE.search(name)):
            above = table.rows[since if is_part else first : number]
            if _GRAND.search(name):
                above = tuple(row for row in table.rows[:number] if not label.search(row[0].text))
            for place in range(1, len(row)):
                summary = the_amount(row[place], heading=table.headings[place]) if place < len(table.headings) else None
                if summary and len(above) > 1:
                    names, cells = _cells(above, place, table.headings[place], summary.kind)
                    named = not _BARE.fullmatch(name)
                    gaps = any(place < len(other) and not other[place].text for other in above)
                    yield Column(place, table.headings[place], names, cells, summary, named, gaps)
            since = number + 1
            first = first if is_part else since


def _cells(
    rows: Sequence[Row], place: int, heading: str, kind: str
) -> tuple[tuple[str, ...], tuple[Amount | None, ...]]:
    names = tuple(row[0].text for row in rows)
    return names, tuple(the_amount(row[place], kind, heading) if place < len(row) else None for row in rows)


def _column(table: Table, place: int, kind: str = SHARE) -> Column:
    """A column's amounts of a kind, without the rows that sum it up."""
    rows = [row for row in table.rows if not _TOTAL.search(row[0].text) and not _MEAN.search(row[0].text)]
    heading = table.headings[place] if place < len(table.headings) else ""
    return Column(place, heading, *_cells(rows, place, heading, kind))


def _total_slips(column: Column) -> Iterator[Slip]:
    whole, parts = column.summary, column.present
    if column.names_a_thing and _is_far(whole, parts):
        return
    if whole is None or whole.kind not in _ADDITIVE or whole.is_loose or len(parts) < 2:
        return
    if not whole.shows_sign and whole.magnitude <= max(part.magnitude for part in parts):
        return  # a mean, or the largest of them
    if any(part.kind != whole.kind for part in parts) or _holds_bare_numbers_of_another_kind(column):
        return
    if column.has_gaps and sum(part.printed.value for part in parts) < whole.printed.value:
        return  # an empty cell may hold the rest
    yield from total_slips(whole, "the sum of its column", column.names, column.amounts)


def total_slips(whole: Amount, what: str, names: Sequence[str], parts: Sequence[Amount | None]) -> Iterator[Slip]:
    """A total that its parts do not add up to, whichever of them may be nested in others."""
    ways = ways_of_adding(names, parts)
    if not any(whole.meets(sum_of(chosen)) for chosen in ways):
        nearest = min(ways, key=lambda chosen: abs(sum(a.printed.value for a in chosen) - whole.printed.value))
        yield slip(whole, what, sum_of(nearest), nearest)


def _holds_bare_numbers_of_another_kind(column: Column) -> bool:
    """Whether the cells are numbers that no one adds up, such as accuracies or years."""
    rounded_shares = any(part.kind == SHARE for part in column.present) and not _SHARED.search(column.heading)
    return rounded_shares or (
        bool(_CHANGED.search(column.heading)) and not any(part.shows_sign for part in column.present)
    )


def _mean_slips(column: Column) -> Iterator[Slip]:
    mean, values = column.summary, column.present
    if mean is None or len(values) < 2 or any(value.is_loose for value in (*values, mean)):
        return
    if len(values) == len(column.amounts):
        share = Span(Fraction(1, len(values)), Fraction(1, len(values)))
        computed = sum_of(values) * share
        if not mean.meets(computed):
            yield slip(mean, "the mean of its column", computed, values)


def over_all_slips(names: Sequence[str], shares: Sequence[Amount | None]) -> Iterator[Slip]:
    """Shares of one whole that add up to more than it."""
    present = [share for share in shares if share]
    if len(present) < FEWEST or any(share.is_loose for share in present):
        return
    sums = [sum_of(chosen) for chosen in ways_of_adding(names, shares)]
    if all(found.low is not None and found.low > 1 for found in sums):
        says = ", ".join(share.text for share in present)
        yield Slip(present[0].line, says, "shares of one whole", (sums[-1],), SHARE, tuple(present))


def _unfit_slips(table: Table, place: int) -> Iterator[Slip]:
    """Shares that do not fit the column of parts to their left."""
    for left in range(place - 1, 0, -1):
        pairs = [
            (part, share)
            for row in table.rows
            if place < len(row)
            and (part := the_amount(row[left], heading=table.headings[left]))
            and (share := the_amount(row[place], SHARE, table.headings[place]))
            and part.kind in (COUNT, SIZE)
        ]
        if len(pairs) >= FEWEST:
            yield from unfit_slips(pairs)
            return


def unfit_slips(pairs: Sequence[tuple[Amount, Amount]]) -> Iterator[Slip]:
    """Shares that do not fit their parts, where most of them agree on the whole."""
    wholes = [_whole(part, share) for part, share in pairs]
    ends = {end for whole in wholes if whole for end in (whole.low, whole.high) if end is not None}
    best = max(ends, key=lambda end: sum(whole is None or end in whole for whole in wholes), default=None)
    if best is None:
        return
    wrong = [pair for pair, whole in zip(pairs, wholes, strict=True) if whole is not None and best not in whole]
    agreeing = [whole for whole in wholes if whole is not None and best in whole]
    if len(agreeing) < FEWEST or len(wrong) * 2 > len(agreeing):
        return
    common = agreeing[0]
    for whole in agreeing[1:]:
        common &= whole
    for part, share in wrong:
        yield slip(share, "its part of the whole", part.span / common, [part])


def _whole(part: Amount, share: Amount) -> Span | None:
    """The whole that a part and its share imply; None where a share of zero leaves it open."""
    span = share.span
    if part.is_loose or share.is_loose or span.low is None or span.low <= 0:
        return None
    return part.span / span


def _is_shares(heading: str, column: Column) -> bool:
    if len(column.present) < FEWEST or _CHANGED.search(heading):
        return False
    if _SHARED.search(heading):
        return True
    low = sum_of(column.present).low
    return "%" in heading and low is not None and low <= _METRIC_MOST


def ways_of_adding(names: Sequence[str], amounts: Sequence[Amount | None]) -> list[list[Amount]]:
    """The amounts to add up: all of them; those of no nested row; those that no row above takes in."""
    named = [(name, a) for name, a in zip(names, amounts, strict=True) if a and not _SUBTOTAL.search(name)]
    every = [amount for _, amount in named]
    outer = [amount for name, amount in named if not _NESTED.search(name)]
    ways = [every]
    for chosen in (outer, _without_children(every)):
        if chosen not in ways:
            ways.append(chosen)
    return ways


def _without_children(amounts: Sequence[Amount]) -> list[Amount]:
    """The amounts without those that, in a row, add up to the one before them."""
    kept: list[Amount] = []
    at = 0
    while at < len(amounts):
        kept.append(amounts[at])
        ends = range(at + 3, len(amounts) + 1)
        at = next((end for end in ends if _adds_up(amounts[at], amounts[at + 1 : end])), at + 1)
    return kept


def _adds_up(parent: Amount, children: Sequence[Amount]) -> bool:
    """Whether a figure is the sum of others, with so many digits that it cannot be by chance."""
    return parent.magnitude >= _BEYOND_CHANCE and parent.span.is_exact and parent.meets(sum_of(children))


_BEYOND_CHANCE = 1000


def sum_of(amounts: Sequence[Amount]) -> Span:
    """What some amounts come to together."""
    return total(amount.span for amount in amounts)
