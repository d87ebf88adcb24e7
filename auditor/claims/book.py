"""The figures of one document, by what they are about, so that they can be held against each other."""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import combinations
from operator import and_, or_

from auditor.claims.scope import Scope
from auditor.claims.spans import Span, span_of
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
from auditor.spec.types import REPORTED

_COMBINE: dict[str, Callable[[Span, Span], Span]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}

OVER_PARTS = ("params", "trainable", "buffers", "macs", "flops", "rank")
"""The quantities all of whose arguments name parts of a model."""


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

    @property
    def span(self) -> Span | None:
        return span_of(self.claim.says.intervals)


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
        part = scope.part(term.names, term.mark)
        return (term.word, part.variant.spec.path.resolve(), frozenset(part.paths))
    variant, key = scope.variant, []
    for argument in term.arguments:
        found = scope.find_part(argument) if isinstance(argument, Name) else None
        variant = found.variant if found else variant
        key.append(frozenset(found.paths) if found else argument.text if isinstance(argument, Name) else argument.value)
    return (term.word, variant.spec.path.resolve(), *key)


@dataclass(frozen=True)
class Book:
    """Everything one document says of a variant and of the variants it is compared with."""

    entries: tuple[Entry, ...]

    @cached_property
    def by_key(self) -> dict[Hashable, list[Entry]]:
        found: dict[Hashable, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.key, []).append(entry)
        return found

    def printed(self, key: Hashable) -> Span | None:
        """What the document prints for a key: what its figures share, or all of them if they disagree."""
        spans = [entry.span for entry in self.by_key.get(key, ()) if entry.span]
        if not spans:
            return None
        agree = all(one.overlaps(other) for one, other in combinations(spans, 2))
        return reduce(and_ if agree else or_, spans)

    def computed(self, term: Term, scope: Scope) -> Span | None:
        """What a term comes to by the document's own figures; None if it does not print them all."""
        match term:
            case Number():
                return Span(term.value, term.value)
            case Quantity():
                return self.printed(key_of(term, scope))
            case Negation():
                inner = self._of(term.term, scope)
                return None if inner is None else -inner
            case Operation():
                left, right = self._of(term.left, scope), self._of(term.right, scope)
                if left is None or right is None:
                    return None
                try:
                    return _COMBINE[term.sign](left, right)
                except ZeroDivisionError:
                    return None

    def _of(self, term: Term, scope: Scope) -> Span | None:
        """What the figures a term is made of come to, or else the figure printed for it as a whole."""
        return self.computed(term, scope) or self.printed(key_of(term, scope))

    def rules_out(self, statement: Statement, scope: Scope) -> bool:
        """Whether the document's own figures make a statement impossible."""
        comparisons = statement.comparisons if isinstance(statement, Conjunction) else (statement,)
        return any(self._is_impossible(comparison, scope) for comparison in comparisons)

    def _is_impossible(self, comparison: Comparison, scope: Scope) -> bool:
        left, right = self._of(comparison.left, scope), self._of(comparison.right, scope)
        if left is None or right is None:
            return False
        if comparison.sign == "=":
            return not left.overlaps(right)
        least, most = (left.low, right.high) if "<" in comparison.sign else (right.low, left.high)
        if least is None or most is None:
            return False
        return least >= most if comparison.sign in "<>" else least > most


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
    found: dict[object, Scope] = {}
    for claim in scope.variant.spec.claims:
        for quantity in claim.of.quantities() if claim.of else ():
            for name in quantity.names if quantity.word != REPORTED else ():
                if part := scope.find_part(name):
                    found[part.variant.spec.path.resolve()] = Scope(part.variant, scope.find)
    found.pop(scope.variant.spec.path.resolve(), None)
    return list(found.values())
