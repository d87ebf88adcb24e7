"""A figure, and the same one rounded in the brackets behind it: 25,557,032 (25.6M)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from auditor.reading.amounts import COUNT, Amount, amounts
from auditor.reading.arithmetic.slips import Slip, slip
from auditor.reading.structure import Reading

_TWIN = re.compile(r"^\s*(?:[^\W\d][\w.-]*\s*){0,3}[(]\s*(?:≈|~|about\s)?\s*$")
_LEAST_TWIN = 1000


def twin_slips(reading: Reading) -> Iterator[Slip]:
    """Rounded figures that are not what the exact ones before them round to."""
    for line in reading.lines:
        found = amounts(line)
        for exact, rounded in pairwise(found):
            between = line.text[exact.figure.end : rounded.figure.start]
            if _TWIN.match(between) and _are_twins(exact, rounded) and not rounded.meets(exact.span):
                yield slip(rounded, "the figure before it, rounded", exact.span, [exact])


def _are_twins(exact: Amount, rounded: Amount) -> bool:
    """Whether two figures are near enough, and of such units, that they must be the same thing."""
    if {exact.kind, rounded.kind} != {COUNT} or exact.is_loose or rounded.is_loose or rounded.shows_sign:
        return False
    if not rounded.unit or min(exact.magnitude, rounded.magnitude) < _LEAST_TWIN:
        return False
    return Fraction(4, 5) < exact.magnitude / rounded.magnitude < Fraction(5, 4)
