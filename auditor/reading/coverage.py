"""How much of a document is covered: which of its figures are claimed, set aside, or overlooked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from auditor.reading.figures import Figure, figures
from auditor.reading.places import spans
from auditor.reading.structure import Reading
from auditor.spec import Claim, Spec
from auditor.spec.types import Aside

Quote = Claim | Aside


def text_of(quote: Quote) -> str:
    """The text that a spec quotes."""
    return quote.says if isinstance(quote, Aside) else quote.says.text


@dataclass(frozen=True)
class Source:
    """A document as one spec speaks of it, by its key there."""

    spec: Spec
    doc: str

    @property
    def quotes(self) -> list[Quote]:
        """What the spec quotes from the document."""
        quotes: list[Quote] = [*self.spec.claims, *self.spec.aside]
        return [quote for quote in quotes if quote.doc == self.doc]


@dataclass(frozen=True)
class Covered:
    """A figure with the quotes that take it in."""

    figure: Figure
    quotes: tuple[Quote, ...]

    @property
    def is_claimed(self) -> bool:
        return any(isinstance(quote, Claim) for quote in self.quotes)

    @property
    def aside(self) -> str:
        """Why there is nothing to check in the figure; empty if there is."""
        if self.is_claimed:
            return ""
        return next((quote.reason for quote in self.quotes if isinstance(quote, Aside)), self.figure.aside)

    @property
    def is_open(self) -> bool:
        """Whether the figure was overlooked."""
        return not self.is_claimed and not self.aside


@dataclass(frozen=True)
class Coverage:
    """The figures of a document, with what covers each of them."""

    reading: Reading
    sources: tuple[Source, ...]
    figures: tuple[Covered, ...]

    @cached_property
    def claimed(self) -> tuple[Covered, ...]:
        return tuple(covered for covered in self.figures if covered.is_claimed)

    @cached_property
    def aside(self) -> tuple[Covered, ...]:
        return tuple(covered for covered in self.figures if covered.aside)

    @cached_property
    def open(self) -> tuple[Covered, ...]:
        return tuple(covered for covered in self.figures if covered.is_open)

    @property
    def percent(self) -> float:
        """The share of claimed figures among those that are not set aside, in per cent."""
        return percent_claimed(len(self.claimed), len(self.open))


def percent_claimed(claimed: int, overlooked: int) -> float:
    """The share of claimed figures among all that say something, in per cent; of none, all are claimed."""
    judged = claimed + overlooked
    return 100 * claimed / judged if judged else 100.0


def coverage(reading: Reading, sources: Iterable[Source]) -> Coverage:
    """Hold a document's figures against everything that specs quote from it."""
    sources = tuple(sources)
    quoted: dict[int, list[tuple[Quote, tuple[int, int]]]] = defaultdict(list)
    for source in sources:
        for quote in source.quotes:
            if place := _place(quote, reading):
                quoted[quote.line or 0].append((quote, place))
    found = tuple(Covered(figure, _covering(figure, quoted[figure.line.number])) for figure in figures(reading))
    return Coverage(reading, sources, found)


def _place(quote: Quote, reading: Reading) -> tuple[int, int] | None:
    if quote.line is None or quote.line > len(reading.lines):
        return None
    printed = spans(text_of(quote), reading.lines[quote.line - 1])
    return printed[quote.occurrence - 1] if quote.occurrence <= len(printed) else None


def _covering(figure: Figure, quotes: Iterable[tuple[Quote, tuple[int, int]]]) -> tuple[Quote, ...]:
    """The quotes that take in a digit of a figure, if together they take in every one."""
    own = _telling(figure)
    touching = [(quote, own & set(range(*place))) for quote, place in quotes]
    taken = set().union(*(shared for _, shared in touching))
    return tuple(quote for quote, shared in touching if shared) if taken == own else ()


def _telling(figure: Figure) -> set[int]:
    """The places of a figure's digits; of a word, those of its letters."""
    places = range(figure.start, figure.end)
    digits = {place for place in places if figure.line.text[place].isdecimal()}
    return digits or set(places)
