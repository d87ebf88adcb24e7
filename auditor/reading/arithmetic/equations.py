"""Reckonings that are written out: 3 heads × 3 scales = 9 modules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from auditor.reading.amounts import COUNT, FACTOR, Amount, amounts
from auditor.reading.arithmetic.slips import Slip, slip
from auditor.reading.structure import Kind, Line, Reading
from auditor.spec.spans import Span

_BETWEEN = re.compile(
    r"^(?P<power>[²³])?(?P<words>(?:\s?[^\W\d][\w-]*[\s,]*){0,3}?)\s?(?P<sign>[×x*·+=≈]|−|-(?=\s))\s*$"
)
_QUANTITY = re.compile(
    r"^\s?(?:[kMGTmµ]?(?:Hz|Wh|W|J|V|A|m|g|s|B)|min|h|bits?|[KMG]i?B)\b|^\s?(?:kilo|mega|giga|milli)\w+"
)
_GOES_ON = re.compile(r"[/)^*×÷·+−=]\s*$|\w\s?-\s*$")
_EQUAL = ("=", "≈")
_POWERS = {"²": 2, "³": 3}


@dataclass(frozen=True)
class Term:
    """An amount in a reckoning, raised to a power if it says so."""

    amount: Amount
    power: int = 1

    @property
    def span(self) -> Span:
        value = self.amount.printed.value
        is_exact_factor = self.amount.kind == FACTOR and value.denominator == 1
        own = Span(value, value) if is_exact_factor else self.amount.span
        found = own
        for _ in range(self.power - 1):
            found = found * own
        return found


def equation_slips(reading: Reading) -> Iterator[Slip]:
    """Reckonings that come to something else than they say."""
    for line in reading.lines:
        if line.kind not in (Kind.CODE, Kind.MARKUP):
            for terms, signs in _chains(line):
                yield from _equation(terms, signs)


def _chains(line: Line) -> Iterator[tuple[list[Term], list[str]]]:
    """Amounts in a row with the signs between them; none of what is only a part of a reckoning."""
    found = amounts(line)
    terms, signs = [Term(amount) for amount in found[:1]], []
    starts = found[0].figure.start if found else 0
    for before, after in pairwise(found):
        between = line.text[before.figure.end : after.figure.start]
        if after.text[:1] in _EQUAL and not between.rstrip().endswith(_EQUAL):
            between = f"{between}{after.text[0]}"
        match = _BETWEEN.match(between if between.strip() or before.kind != FACTOR else "×")
        if match and not _QUANTITY.match(between):
            if match["power"]:
                terms[-1] = Term(before, _POWERS[match["power"]])
            signs.append(match["sign"])
            terms.append(Term(after))
            continue
        if _stands_alone(line, starts, before):
            yield terms, signs
        terms, signs, starts = [Term(after)], [], after.figure.start
    if found and _stands_alone(line, starts, found[-1]):
        yield terms, signs


def _stands_alone(line: Line, start: int, last: Amount) -> bool:
    """Whether nothing before the first or behind the last amount belongs to the reckoning, too."""
    before = line.text[:start]
    after = line.text[last.figure.end :]
    return not (_GOES_ON.search(before) or re.match(r"\s*[²³^/*×÷]|\s\+\s", after) or _QUANTITY.match(after))


def _equation(terms: Sequence[Term], signs: Sequence[str]) -> Iterator[Slip]:
    """Both sides of each equals sign must come to the same."""
    if any(term.amount.is_loose or term.amount.kind not in (COUNT, FACTOR) for term in terms):
        return
    sides: list[tuple[list[Term], list[str]]] = [([terms[0]], [])]
    for sign, term in zip(signs, terms[1:], strict=True):
        if sign in _EQUAL:
            sides.append(([term], []))
        else:
            sides[-1][0].append(term)
            sides[-1][1].append(sign)
    if len(sides[0][0]) < 2:
        return
    found = _reckoned(*sides[0])
    for side, between in sides[1:]:
        says = side[-1].amount
        if len(side) == 1 and not says.meets(found):
            yield slip(says, "what is reckoned before it", found, [term.amount for term in sides[0][0]])
        if len(side) > 1 and not _reckoned(side, between).overlaps(found):
            yield slip(says, "what is reckoned before it", found, [term.amount for term in sides[0][0]])


def _reckoned(terms: Sequence[Term], signs: Sequence[str]) -> Span:
    """What a chain comes to, products first."""
    total, current, sign = Span(Fraction(0), Fraction(0)), terms[0].span, "+"
    for following, term in zip(signs, terms[1:], strict=True):
        if following in "×x*·":
            current = current * term.span
        else:
            total = total + current if sign == "+" else total - current
            current, sign = term.span, "+" if following == "+" else "-"
    return total + current if sign == "+" else total - current
