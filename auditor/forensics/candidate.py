"""A candidate: a value that some mistaken way of counting gives, and how it comes about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from auditor.claims.scope import Part, Variant
from auditor.spec.printed import Interval, Printed, Shape

PRINTED = "printed: "
"""What evidence begins with that is a figure of a document."""


@dataclass(frozen=True)
class Evidence:
    """One term of a candidate's sum, or one figure it rests on."""

    what: str
    value: Fraction


@dataclass(frozen=True)
class Candidate:
    """A value with the mechanism that gives it, told in a sentence.

    `cost` says how far-fetched it is: 1 is a slip that everybody makes, each further step adds one.
    """

    value: Fraction
    mechanism: str
    text: str
    cost: int
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Case:
    """A quantity of a part of a model, of which a document prints something else.

    `related` are other variants that the figure may have been taken from.
    """

    word: str
    part: Part
    measured: Fraction
    related: tuple[Variant, ...] = ()

    @property
    def variant(self) -> Variant:
        return self.part.variant

    def under(self, paths: Iterable[str]) -> int:
        """The quantity of some paths of the same model."""
        found: int = getattr(self.variant.profile.under(paths), self.word)
        return found

    @property
    def sizes(self) -> Mapping[str, int]:
        """The quantity of every module of the same model, by its path."""
        return self.variant.sizes(self.word)

    @property
    def of(self) -> str:
        """What the quantity is called in a sentence."""
        return NAMES.get(self.word, self.word)


NAMES = {
    "params": "parameters",
    "trainable": "trainable parameters",
    "buffers": "buffers",
    "macs": "multiply-accumulates",
    "flops": "operations",
    "count": "modules",
}

Mechanism = Callable[[Case], Iterator[Candidate]]

MECHANISMS: dict[str, tuple[tuple[str, ...], Mechanism]] = {}
"""By name: the quantities a mechanism can explain, and the function that lists its candidates."""


def mechanism(name: str, *words: str) -> Callable[[Callable[[Case], Iterator[Found]]], Mechanism]:
    """Register a function as the mechanism of a name, for the quantities whose words are given."""

    def register(find: Callable[[Case], Iterator[Found]]) -> Mechanism:
        def candidates(case: Case) -> Iterator[Candidate]:
            for found in find(case):
                yield Candidate(Fraction(found.value), name, found.text, found.cost, tuple(found.evidence))

        MECHANISMS[name] = (words, candidates)
        return candidates

    return register


@dataclass(frozen=True)
class Found:
    """What a mechanism's function gives: a value, told in a sentence."""

    value: int | Fraction
    text: str
    cost: int
    evidence: Iterable[Evidence] = ()


def candidates(case: Case) -> Iterator[Candidate]:
    """Everything that some mechanism makes of a case."""
    for words, find in MECHANISMS.values():
        if case.word in words:
            yield from find(case)


def hits(candidates: Iterable[Candidate], printed: Printed) -> list[Candidate]:
    """The candidates that come to what a document prints; a count stands for what rounds to it, too."""
    intervals = printed.intervals
    if printed.shape is Shape.EXACT:
        half = Fraction(1, 2)
        intervals = (Interval(printed.value - half, printed.value + half, open_low=True, open_high=True),)
    return [candidate for candidate in candidates if any(candidate.value in interval for interval in intervals)]
