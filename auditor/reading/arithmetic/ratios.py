"""Ratios in prose, beside the two figures they are of: 2.04B of 7.03B, or 29%."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from auditor.reading.amounts import FACTOR, SHARE, Amount, amounts
from auditor.reading.arithmetic.slips import Slip, slip
from auditor.reading.structure import Kind, Line, Reading
from auditor.spec.spans import Span

_OF = re.compile(r"^(?:\s[a-z]+)?\s(?:of|von|de)\s(?:the\s|all\s)?$", re.IGNORECASE)
_OR = re.compile(r"^(?:\s[a-z-]+){0,3}\s?(?:,\s?(?:or|i\.e\.|that is)|\(|=)\s?$", re.IGNORECASE)
_AGAINST = re.compile(r"^\s(?:vs\.?|versus|against|instead of|compared (?:to|with))\s$", re.IGNORECASE)
_FASTER = re.compile(r"^\s?(?:faster|slower|smaller|larger|fewer|less|more|cheaper)\b[^.;]*\($", re.IGNORECASE)


def ratio_slips(reading: Reading) -> Iterator[Slip]:
    """Shares and factors that do not fit the two figures beside them."""
    for line in reading.lines:
        if line.kind not in (Kind.CODE, Kind.MARKUP):
            found = amounts(line)
            for one, other, third in zip(found, found[1:], found[2:], strict=False):
                yield from _share_slips(line, one, other, third)
                yield from _factor_slips(line, one, other, third)


def _between(line: Line, one: Amount, other: Amount) -> str:
    return line.text[one.figure.end : other.figure.start]


def _share_slips(line: Line, part: Amount, whole: Amount, share: Amount) -> Iterator[Slip]:
    told = _OF.match(_between(line, part, whole)) and _OR.match(_between(line, whole, share))
    if told and share.kind == SHARE and part.kind == whole.kind and _are_firm(part, whole, share):
        computed = part.span / whole.span
        if not share.meets(computed):
            yield slip(share, "the one figure's share of the other", computed, [part, whole])


def _factor_slips(line: Line, factor: Amount, one: Amount, other: Amount) -> Iterator[Slip]:
    told = _FASTER.match(_between(line, factor, one)) and _AGAINST.match(_between(line, one, other))
    if told and factor.kind == FACTOR and one.kind == other.kind and _are_firm(factor, one, other):
        ways: list[Span] = [one.span / other.span, other.span / one.span]
        if not any(factor.meets(way) for way in ways):
            larger = max(ways, key=lambda way: way.low or 0)
            yield slip(factor, "the ratio of the two figures behind it", larger, [one, other])


def _are_firm(*found: Amount) -> bool:
    return not any(amount.is_loose or Fraction(0) in amount.span for amount in found)
