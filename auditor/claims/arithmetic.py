"""A document against itself: figures that cannot all be right, whatever the model is.

Three things are held against the document's own figures: that a quantity printed twice is printed
the same, that what is said of other quantities follows from them, and that parts add up to their
whole. Every figure counts with all that its rounding leaves open, so rounding is never a finding;
nor is what holds as soon as all sizes are read as decimal, or all as binary.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

from auditor.claims.book import Book, Entry, books
from auditor.claims.scope import Part, Scope
from auditor.spec import Claim
from auditor.spec.expression import Comparison, Conjunction, Operation, Quantity
from auditor.spec.printed import Interval
from auditor.spec.spans import Span, total

SHARES = "shares that add up to"
_DIFFERENT = "printed as different figures"
_DERIVED = "by the other figures"
_EVERYTHING = Interval(Fraction(1), Fraction(1))


@dataclass(frozen=True)
class Inconsistency:
    """Claims that the other figures of their document contradict.

    `computed` is what the figures of `sources` come to; it is None where they only disagree.
    `measured` is what the model shows, if it can, and `wrong_part` prints the one part that is wrong
    by the model, where the others and the whole are right.
    """

    what: str
    claims: tuple[Claim, ...]
    sources: tuple[Claim, ...] = ()
    computed: Span | None = None
    measured: Fraction | bool | None = None
    wrong_part: tuple[Claim, ...] = ()

    @property
    def side(self) -> str:
        """Which side the model takes."""
        if self.measured is None:
            return ""
        if isinstance(self.measured, bool):
            return "as printed" if self.measured else "not as printed"
        printed = [claim for claim in self.claims if any(self.measured in i for i in claim.says.intervals)]
        if printed:
            return f"as printed: {', '.join(dict.fromkeys(claim.says.figure for claim in printed))}"
        computed = self.computed and self.measured in self.computed
        return "as computed" if computed else "neither"


def inconsistencies(scope: Scope) -> tuple[Inconsistency, ...]:
    """Everything in which a document of the scope's spec contradicts itself about this variant."""
    own = {claim.mark for claim in scope.variant.spec.claims}
    found = [finding for book in books(scope) for finding in _telling(_in_every_reading(book))]
    return tuple(finding for finding in found if any(claim.mark in own for claim in finding.claims))


def _in_every_reading(book: Book) -> Iterator[Inconsistency]:
    """What is wrong in a document however its sizes are read."""
    checks = (_repeated, _derived, _sums, _shares)
    first, *others = ([finding for check in checks for finding in check(reading)] for reading in book.readings)
    wrong = [{(finding.what, claim.mark) for finding in other for claim in finding.claims} for other in others]
    for finding in first:
        claims = tuple(claim for claim in finding.claims if all((finding.what, claim.mark) in other for other in wrong))
        if claims:
            yield replace(finding, claims=claims)


def _telling(findings: Iterable[Inconsistency]) -> Iterator[Inconsistency]:
    """The findings, less that figures differ where the others tell which of them is wrong."""
    findings = list(findings)
    told = {claim.mark for finding in findings if finding.what == _DERIVED for claim in finding.claims}
    for finding in findings:
        if finding.what != _DIFFERENT or not any(claim.mark in told for claim in finding.claims):
            yield finding


def _repeated(book: Book) -> Iterator[Inconsistency]:
    """A quantity that is printed in ways that exclude each other."""
    for entries in book.by_key.values():
        disagree = any(not book.allows(entry, span) for span in book.spans(entries) for entry in entries)
        if disagree:
            yield _finding(_DIFFERENT, entries)


def _derived(book: Book) -> Iterator[Inconsistency]:
    """What is said of quantities whose figures, in the same document, say otherwise."""
    for first, *more in book.by_key.values():
        entries = [first, *more]
        match first.expression.root:
            case Comparison() | Conjunction() as statement:
                if book.rules_out(statement, first.scope):
                    yield _finding("not so by the other figures", entries, _sources(book, first))
            case term:
                computed = book.computed(term, first.scope)
                wrong = [entry for entry in entries if computed and not book.allows(entry, computed)]
                if wrong:
                    yield _finding(_DERIVED, wrong, _sources(book, first), computed)


def _sums(book: Book) -> Iterator[Inconsistency]:
    """Parts that do not add up to the whole they make up."""
    amounts = [amount for entries in book.by_key.values() for amount in _amounts(entries)]
    for whole in amounts:
        parts = _partition(whole, amounts)
        spans = [span for part in parts if (span := book.printed(part.entries[0].key))]
        if not parts or len(spans) < len(parts):
            continue
        computed = total(spans)
        wrong = [entry for entry in whole.entries if not book.allows(entry, computed)]
        if wrong:
            finding = _finding("by the sum of its parts", wrong, _claims(parts), computed)
            is_right = any(entry.is_borne_out for entry in wrong)
            yield replace(finding, wrong_part=_wrong_one(parts) if is_right else ())


def _shares(book: Book) -> Iterator[Inconsistency]:
    """Shares of one whole that do not add up to all of it."""
    shares: list[tuple[Amount, Amount]] = []
    for entries in book.by_key.values():
        match entries[0].expression.root:
            case Operation(sign="/", left=Quantity() as part, right=Quantity() as whole):
                shares += product(_amounts(entries, part), _amounts(entries, whole))
    for whole_of in {(whole.word, whole.members): whole for _, whole in shares}.values():
        parts = _partition(whole_of, [part for part, whole in shares if whole.members == whole_of.members])
        spans = book.spans([part.entries[0] for part in parts])
        if parts and len(spans) == len(parts) and not total(spans).meets(_EVERYTHING):
            yield Inconsistency(SHARES, _claims(parts), computed=total(spans), wrong_part=_wrong_one(parts))


@dataclass(frozen=True)
class Amount:
    """Something additive that a document prints for a part of a model, and what lies in that part."""

    entries: tuple[Entry, ...]
    word: str
    members: frozenset[Hashable]


def _amounts(entries: list[Entry], term: object = None) -> list[Amount]:
    """The amount that claims print, or that a term in them speaks of: one, or none."""
    first = entries[0]
    term = term or first.expression.root
    if not isinstance(term, Quantity) or term.word not in _MEMBERS:
        return []
    part = first.scope.part(term.names, term.mark)
    return [Amount(tuple(entries), term.word, frozenset(_MEMBERS[term.word](part)))]


def _parameters(part: Part) -> Iterator[Hashable]:
    for parameter in part.parameters:
        yield part.variant.spec.path, parameter.names[0]


def _operations(part: Part) -> Iterator[Hashable]:
    for operation in part.operations:
        yield part.variant.spec.path, operation.path, operation.operator
    for entry in part.uncounted:
        yield part.variant.spec.path, entry.path, entry.operator


_MEMBERS = {"params": _parameters, "macs": _operations, "flops": _operations}
"""What the amounts that add up are counted over."""


def _partition(whole: Amount, amounts: Iterable[Amount]) -> list[Amount]:
    """The largest parts among the amounts, if they make up the whole without overlap; else none."""
    inside: dict[frozenset[Hashable], Amount] = {}
    for amount in amounts:
        if amount.word == whole.word and amount.members and amount.members < whole.members:
            inside.setdefault(amount.members, amount)
    largest = [a for a in inside.values() if not any(a.members < other for other in inside)]
    covers = sum(len(amount.members) for amount in largest) == len(whole.members)
    return largest if covers and frozenset().union(*(a.members for a in largest)) == whole.members else []


def _wrong_one(parts: Iterable[Amount]) -> tuple[Claim, ...]:
    """The figures of the one part that the model refutes; none if it refutes several."""
    refuted = [[entry.claim for entry in part.entries if not entry.is_borne_out] for part in parts]
    first, *more = [claims for claims in refuted if claims] or [[]]
    return () if more else tuple(first)


def _finding(
    what: str, entries: list[Entry], sources: tuple[Claim, ...] = (), computed: Span | None = None
) -> Inconsistency:
    return Inconsistency(what, tuple(entry.claim for entry in entries), sources, computed, entries[0].measured)


def _claims(amounts: Iterable[Amount]) -> tuple[Claim, ...]:
    return tuple(amount.entries[0].claim for amount in amounts)


def _sources(book: Book, entry: Entry) -> tuple[Claim, ...]:
    """For every quantity an entry is about, the first claim that prints it."""
    keys = [key for quantity in entry.expression.quantities() for key in book.grounds(quantity, entry.scope)]
    return tuple(book.by_key[key][0].claim for key in dict.fromkeys(keys) if key in book.by_key)
