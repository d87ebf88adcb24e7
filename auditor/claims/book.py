"""The figures of one document, by what they are about, so that they can be held against each other."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, partial, reduce
from itertools import combinations
from operator import and_, or_
from pathlib import Path

from auditor.claims.evaluate import evaluate
from auditor.claims.reckoning import computed, holds
from auditor.claims.scope import Part, Scope
from auditor.claims.uncounted import uncounted
from auditor.spec import Claim
from auditor.spec.expression import (
    Comparison,
    Conjunction,
    Expression,
    Name,
    Negation,
    Number,
    Operation,
    Quantity,
    Statement,
    Term,
)
from auditor.spec.spans import Span, compare
from auditor.spec.types import REPORTED

OVER_PARTS = ("params", "trainable", "buffers", "macs", "flops", "rank")
"""The quantities all of whose arguments name parts of a model."""

DECIMAL, BINARY = 0, -1
"""How sizes are read, as the place of that reading among those of a figure; MB is 10⁶ bytes or 2²⁰."""


@dataclass(frozen=True)
class Entry:
    """A claim with the scope that its names are looked up in."""

    claim: Claim
    scope: Scope

    @property
    def expression(self) -> Expression:
        assert self.claim.of is not None
        return self.claim.of

    @cached_property
    def key(self) -> Hashable:
        """What the claim is about, the same for every way of writing it."""
        return key_of(self.expression.root, self.scope)

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """What the figure leaves open, in each of its readings; none if that is everything."""
        spans = tuple(Span(interval.low, interval.high) for interval in self.claim.says.intervals)
        return () if spans == (Span(None, None),) else spans

    @cached_property
    def measured(self) -> Fraction | bool | None:
        """What the model shows of it, if it can."""
        if not self.claim.is_measurable or uncounted(self.expression, self.scope):
            return None
        return evaluate(self.expression, self.scope)

    @property
    def is_borne_out(self) -> bool:
        """Whether what the model shows is as printed."""
        measured, intervals = self.measured, self.claim.says.intervals
        return isinstance(measured, Fraction) and any(measured in interval for interval in intervals)


def key_of(term: Term | Statement, scope: Scope) -> Hashable:
    """A term with its names looked up, so that two ways of naming one thing are one key."""
    match term:
        case Number():
            return term.value
        case Quantity():
            return _quantity_key(term, scope)
        case Negation():
            return ("-", key_of(term.term, scope))
        case Operation() | Comparison():
            return (term.sign, key_of(term.left, scope), key_of(term.right, scope))
        case Conjunction():
            return ("and", *(key_of(comparison, scope) for comparison in term.comparisons))


def _quantity_key(term: Quantity, scope: Scope) -> Hashable:
    if term.word == REPORTED:
        return (term.word, *(name.text for name in term.names))
    if term.word in OVER_PARTS:
        return _part_key(term.word, scope.part(term.names, term.mark))
    variant, key = scope.variant, []
    for argument in term.arguments:
        found = scope.find_part(argument) if isinstance(argument, Name) else None
        variant = found.variant if found else variant
        key.append(frozenset(found.paths) if found else argument.text if isinstance(argument, Name) else argument.value)
    return (term.word, variant.place, *key)


def _part_key(word: str, part: Part) -> Hashable:
    return (word, part.variant.place, frozenset(part.paths))


@dataclass(frozen=True)
class Book:
    """Everything one document says of a variant and of the variants it is compared with.

    All of its sizes are read in one way.
    """

    entries: tuple[Entry, ...]
    sizes: int = DECIMAL

    @property
    def readings(self) -> tuple[Book, ...]:
        """The book in every way to read its sizes."""
        ambiguous = any(len(entry.claim.says.intervals) > 1 for entry in self.entries)
        return tuple(replace(self, sizes=sizes) for sizes in (DECIMAL, BINARY)[: 1 + ambiguous])

    @cached_property
    def by_key(self) -> dict[Hashable, list[Entry]]:
        found: dict[Hashable, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.key, []).append(entry)
        return found

    def printed(self, key: Hashable) -> Span | None:
        """What the document prints for a key: what its figures share, or all of them if they disagree."""
        spans = self.spans(self.by_key.get(key, []))
        if not spans:
            return None
        agree = all(one.overlaps(other) for one, other in combinations(spans, 2))
        return reduce(and_ if agree else or_, spans)

    def spans(self, entries: list[Entry]) -> list[Span]:
        """What each of the entries leaves open, if not everything."""
        return [entry.spans[self.sizes] for entry in entries if entry.spans]

    def allows(self, entry: Entry, span: Span) -> bool:
        """Whether what an entry prints and a span have a number in common."""
        return span.meets(entry.claim.says.intervals[self.sizes])

    def computed(self, term: Term, scope: Scope) -> Span | None:
        """What a term comes to by the document's other figures; None if it does not print them."""
        if isinstance(term, Quantity):
            return self._place(term, scope) if term.word == "rank" else None
        return computed(term, partial(self._known, scope=scope))

    def rules_out(self, statement: Statement, scope: Scope) -> bool:
        """Whether the document's own figures make a statement impossible."""
        return holds(statement, partial(self._known, scope=scope)) is False

    def grounds(self, term: Quantity, scope: Scope) -> list[Hashable]:
        """The keys of the figures by which a quantity is known."""
        if self.computed(term, scope) is None:
            return [key_of(term, scope)]
        part = scope.part(term.names, term.mark)
        return [_part_key("params", one) for one in (part, *part.others)]

    def _known(self, term: Term, scope: Scope) -> Span | None:
        return (isinstance(term, Quantity) and self.computed(term, scope)) or self.printed(key_of(term, scope))

    def _place(self, rank: Quantity, scope: Scope) -> Span | None:
        """The places a part can have among the components by the sizes printed for them."""
        part = scope.part(rank.names, rank.mark)
        own = self.printed(_part_key("params", part))
        if own is None:
            return None
        sizes = [self.printed(_part_key("params", other)) for other in part.others]
        larger = [compare(size, ">", own) if size else None for size in sizes]
        return Span(Fraction(1 + larger.count(True)), Fraction(1 + len(larger) - larger.count(False)))


def books(scope: Scope) -> Iterator[Book]:
    """For each document of a spec, its figures about this variant and those it is compared with."""
    spec = scope.variant.spec
    others = _compared(scope)
    for name, document in spec.documents.items():
        entries = [Entry(claim, scope) for claim in spec.claims if claim.doc == name and claim.of]
        for other in others:
            same = [n for n, d in other.variant.spec.documents.items() if d.is_same(document)]
            entries += [Entry(claim, other) for claim in other.variant.spec.claims if claim.doc in same and claim.of]
        yield Book(tuple(entries))


def _compared(scope: Scope) -> list[Scope]:
    """The scopes of the other variants that a spec's claims name."""
    found: dict[Path, Scope] = {}
    for claim in scope.variant.spec.claims:
        for quantity in claim.of.quantities() if claim.of else ():
            for name in quantity.names if quantity.word != REPORTED else ():
                part = scope.find_part(name)
                if part and part.variant.place not in found:
                    found[part.variant.place] = Scope(part.variant, scope.find)
    found.pop(scope.variant.place, None)
    return list(found.values())
