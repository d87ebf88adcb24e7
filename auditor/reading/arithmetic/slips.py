"""A slip: a figure that the other figures of its document contradict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.reading.amounts import Amount
from auditor.spec.spans import Span


@dataclass(frozen=True)
class Slip:
    """A figure that does not follow from those it is reckoned from, and what does."""

    line: int
    says: str
    what: str
    computed: tuple[Span, ...]
    unit: str
    sources: tuple[Amount, ...] = ()


def slip(wrong: Amount, what: str, computed: Span | Sequence[Span], sources: Sequence[Amount] = ()) -> Slip:
    """The slip of an amount, which should be one of those computed."""
    found = (computed,) if isinstance(computed, Span) else tuple(dict.fromkeys(computed))
    return Slip(wrong.line, wrong.text, what, found, wrong.unit, tuple(sources))
