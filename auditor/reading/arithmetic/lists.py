"""Lists: parts and their total, shares of a whole, and how many items were announced."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from auditor.reading.amounts import COUNT, SHARE, SIZE, Amount, amounts, the_amount
from auditor.reading.arithmetic.columns import over_all_slips, sum_of, total_slips, unfit_slips, ways_of_adding
from auditor.reading.arithmetic.slips import Slip
from auditor.reading.figures import SPELLED, figures_of
from auditor.reading.structure import Item, Kind, Line, Listing, Reading, Table
from auditor.spec.printed import Interval
from auditor.spec.spans import Span

_TOTAL = re.compile(r"^\W*(?:total|sum|overall|all|gesamt|insgesamt|summe|somme)\b", re.IGNORECASE)
_BREAKDOWN = re.compile(
    r"breakdown|distribution|composition|consist|of which|split|davon|aufteilung|dont|répartition", re.IGNORECASE
)
_CHANGED = re.compile(r"reduc|fewer|less|smaller|faster|more|sav|gain|improve|réduc|moins", re.IGNORECASE)
_EVERYTHING = Interval(Fraction(1), Fraction(1))


def list_slips(reading: Reading) -> Iterator[Slip]:
    """What the items of lists contradict among each other."""
    for listing in reading.listings:
        for items in _levels(listing.items):
            yield from _item_slips(items, f"{listing.lead.text if listing.lead else ''} {_section(reading, items)}")


_SHARED = re.compile(
    r"share|percent|distribution|composition|breakdown|consist|proportion|\bmix|anteil|makes? up", re.IGNORECASE
)


def _section(reading: Reading, items: Sequence[Item]) -> str:
    return reading.headings.get(items[0].line.number, "")


def _levels(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    yield items
    for item in items:
        if item.items:
            yield from _levels(item.items)


def _item_slips(items: Sequence[Item], lead: str) -> Iterator[Slip]:
    totals = [item for item in items if _TOTAL.search(item.line.text)]
    parts = [item for item in items if item not in totals]
    pairs = [pair for item in parts if (pair := _part_and_share(item.line))]
    unfit = list(unfit_slips(pairs))
    yield from unfit
    names = [item.line.text for item in parts]
    shares = [the_amount(item.line, SHARE) if _is_share(item.line) else None for item in parts]
    if all(shares) and not unfit and (pairs or _SHARED.search(lead)):
        yield from over_all_slips(names, shares)
        if pairs and len(pairs) == len(parts) and _is_everything(names, shares):
            for whole in (_first(item.line) for item in totals[:1]):
                yield from _total_slips(whole, names, [part for part, _ in pairs])
    yield from _breakdown_slips(items)


def _part_and_share(line: Line) -> tuple[Amount, Amount] | None:
    """An item's amount with its share of a whole: 112,606 params (19.0%)."""
    share = the_amount(line, SHARE)
    part = _first(line)
    return (part, share) if part and share and _is_share(line) and part.figure.start < share.figure.start else None


def _first(line: Line) -> Amount | None:
    """The amount an item is about: the last one before its share or its end that counts something large."""
    counted = [amount for amount in amounts(line) if amount.kind in (COUNT, SIZE) and not amount.shows_sign]
    return max(counted, key=lambda amount: amount.magnitude, default=None)


def _is_share(line: Line) -> bool:
    return not _CHANGED.search(line.text)


def _is_everything(names: Sequence[str], shares: Sequence[Amount | None]) -> bool:
    return any(sum_of(chosen).meets(_EVERYTHING) for chosen in ways_of_adding(names, shares))


def _total_slips(whole: Amount | None, names: Sequence[str], parts: Sequence[Amount]) -> Iterator[Slip]:
    if whole is None or whole.is_loose or any(part.kind != whole.kind for part in parts):
        return
    yield from total_slips(whole, "the sum of its parts", names, parts)


def _breakdown_slips(items: Sequence[Item]) -> Iterator[Slip]:
    """A total, and below it a breakdown that counts the same thing: Total instances: 6, 3 here and 3 there."""
    for item in items:
        if not item.items or not _BREAKDOWN.search(item.line.text) or amounts(item.line):
            continue
        for before in items:
            thing = _thing(before.line)
            counted = [_first(child.line) for child in item.items]
            parts = [part for part in counted if part]
            if thing and len(parts) == len(item.items) > 1 and all(thing in c.line.text.lower() for c in item.items):
                yield from _total_slips(_first(before.line), [c.line.text for c in item.items], parts)


def _thing(line: Line) -> str:
    """What a total counts: the word after 'total', without its plural."""
    match = re.match(r"\W*total\s+(?:number\s+of\s+)?([a-z]{4,})", line.text, re.IGNORECASE)
    return match[1].lower().rstrip("s")[:5] if match else ""


def enumeration_slips(reading: Reading) -> Iterator[Slip]:
    """A number of things that is announced, and another number of them that follows."""
    for listing in reading.listings:
        if listing.lead and not _goes_on(reading, listing):
            yield from _announced(listing.lead, [item.line for item in listing.items])
    for lead, table in _led_tables(reading):
        yield from _announced(lead, [row[0] for row in table.rows if not _TOTAL.search(row[0].text)])
    for line in reading.lines:
        if line.kind in (Kind.PROSE, Kind.ITEM):
            yield from _named_slips(line)


def _goes_on(reading: Reading, listing: Listing) -> bool:
    """Whether the text behind a list adds to it: or from source."""
    last = _last(listing.items[-1])
    after = (line.text for line in reading.lines[last:] if line.text)
    return bool(re.match(r"(?:or|and|oder|und|ou|et|alternatively)\b", next(after, ""), re.IGNORECASE))


def _last(item: Item) -> int:
    return _last(item.items[-1]) if item.items else item.line.number


def _led_tables(reading: Reading) -> Iterator[tuple[Line, Table]]:
    for table in reading.tables:
        first = table.rows[0][0].number if table.rows else 0
        above = [line for line in reading.lines[: max(first - 1, 0)] if line.text and line.kind is not Kind.TABLE]
        if above:
            yield above[-1], table


_HEADED = re.compile(r"^#+\s*(?:the\s+)?(?:top[\s-]|first\s)?$", re.IGNORECASE)
_ABOUT = re.compile(r"\b(?:after|on|for|all|of|at|over|every|than|by|per|for all|mehr als|nach|auf)\s$", re.IGNORECASE)
_TOP = re.compile(r"\b(?:top|first)[\s-]$", re.IGNORECASE)
_PLURAL = re.compile(r"^\s+(?:[a-zäöüßéè-]+\s+){0,2}[a-zäöüßéè-]+(?:s|en|er|e|x)\b", re.IGNORECASE)


def _announced(lead: Line, things: Sequence[Line]) -> Iterator[Slip]:
    """The one small number in an introduction, if it says how many things come."""
    found = [figure for figure in figures_of(lead) if not figure.aside]
    small = [figure for figure in found if (number := _small(figure.text)) and number > 1]
    if len(found) != 1 or len(small) != 1 or len(things) < 2 or _small(found[0].text) == len(things):
        return
    figure = found[0]
    before, after = lead.text[: figure.start], lead.text[figure.end :]
    if _ABOUT.search(before):
        return
    heads = lead.kind is Kind.HEADING and (_HEADED.match(before) or _TOP.search(before))
    introduces = lead.kind is not Kind.HEADING and lead.text.endswith(":")
    if (heads or introduces) and _PLURAL.match(after):
        yield _count_slip(lead, figure.text, len(things))


_NAMED = re.compile(
    rf"\b(?P<number>{'|'.join(SPELLED)}|\d{{1,2}})\s+(?:[\w-]+\s+){{0,3}}?[\w-]+s(?:\s(?:are|is|were)\s\w+)?(?P<mark>[:,])\s+(?P<names>.+?)"
    r"(?:[;:]|\.(?:\s|$))",
    re.IGNORECASE,
)
_AND = re.compile(r"\s+(?:and|und|et|&|or)\s+", re.IGNORECASE)
_NAME = re.compile(r"^[A-Z][\w.+/-]*(?:\s[A-Z\d][\w.+/-]*){0,2}$")
_LONGEST_NAME = 3
"""Words beyond which an item of an enumeration is no name."""


def _named_slips(line: Line) -> Iterator[Slip]:
    """Names that are listed after their number: three sizes, Nano, Tiny and Base."""
    for match in _NAMED.finditer(line.text):
        number = _small(match["number"])
        told_names = re.sub(r"\([^)]*\)", "", match["names"])
        if len(_AND.findall(told_names)) > 1:
            continue
        names = [name.strip() for part in told_names.split(",") for name in _AND.split(part) if name.strip()]
        told = _leading_names(names) if match["mark"] == "," else _short_names(names, match["names"])
        if number > 1 and len(told) > 1 and len(told) != number and not _ABOUT.search(line.text[: match.start()]):
            yield _count_slip(line, match["number"], len(told))


def _short_names(names: Sequence[str], text: str) -> Sequence[str]:
    """The names of a list behind a colon, if all are short and the last is joined by an 'and'."""
    is_list = bool(_AND.search(text.rpartition(",")[2])) and all(len(name.split()) <= _LONGEST_NAME for name in names)
    return names if is_list else ()


def _leading_names(names: Sequence[str]) -> list[str]:
    """The proper names that a list begins with; none if it is not made of such names."""
    kept: list[str] = []
    for name in names:
        if not _NAME.match(name.strip()):
            break
        kept.append(name)
    return kept


def _small(text: str) -> int:
    """A small whole number, in digits or spelled; else 0."""
    word = text.strip().lower()
    if word in SPELLED:
        return 0 if word == "zero" else SPELLED.index(word) + 1
    return int(word) if word.isdecimal() and len(word) <= 2 else 0


def _count_slip(line: Line, says: str, things: int) -> Slip:
    return Slip(line.number, says, "the number of things listed", (Span(Fraction(things), Fraction(things)),), "")
