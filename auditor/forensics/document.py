"""Figures that follow from other figures of the same document, right or wrong as these may be."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from math import lcm

from auditor.claims.book import Book, Entry, key_of
from auditor.forensics.candidate import PRINTED, Candidate, Evidence
from auditor.forensics.terms import reckoned, wrong_formulas
from auditor.spec import Claim
from auditor.spec.expression import Number, Operation, Quantity, Term
from auditor.spec.printed import Shape

_NAME = "the document's own figures"
_POINT = (Shape.EXACT, Shape.ROUNDED, Shape.APPROXIMATE)
_MOST_ADDENDS = 6
_MOST_PARTS = 12
"""Printed parts beyond which only the sum of all of them is tried."""


def document_candidates(entry: Entry, book: Book) -> Iterator[Candidate]:
    """What the other figures of the document make of a claim."""
    term = entry.expression.root
    if isinstance(term, Operation):
        yield from _followed(entry, term, book)
    if isinstance(term, Quantity):
        yield from _sums(entry, term, book)
        if entry.claim.says.shape is Shape.APPROXIMATE:
            yield from _solved(entry, book)


def _followed(entry: Entry, term: Operation, book: Book) -> Iterator[Candidate]:
    """The term reckoned from what the document prints for its quantities, rightly or by a wrong formula."""
    printed = {q: found for q in entry.expression.quantities() if (found := _printed(q, entry, book))}
    if set(printed) != set(entry.expression.quantities()):
        return

    def value(quantity: Quantity) -> Fraction:
        return printed[quantity].says.value

    figures = ", ".join(dict.fromkeys(claim.says.figure for claim in printed.values()))
    evidence = tuple(map(_evidence, printed.values()))
    if (followed := reckoned(term, value)) is not None:
        yield Candidate(followed, _NAME, f"follows from the document's own {figures}", 1, evidence)
    for wrong in wrong_formulas(term, value):
        text = f"{wrong.text}, by the document's own {figures}"
        yield Candidate(wrong.value, wrong.mechanism, text, wrong.cost + 1, evidence)


def _printed(quantity: Term, entry: Entry, book: Book) -> Claim | None:
    """The first claim in the document that prints a quantity as a single figure."""
    key = key_of(quantity, entry.scope)
    found = (other.claim for other in book.by_key.get(key, ()) if other.claim.says.shape in _POINT)
    return next(found, None)


def _solved(entry: Entry, book: Book) -> Iterator[Candidate]:
    """A target, reckoned from what there is and the percentage or the difference that is aimed at."""
    for others in book.by_key.values():
        for other in others[:1]:
            root, told = other.expression.root, other.claim.says
            if not isinstance(root, Operation) or told.shape not in _POINT:
                continue
            for base in other.expression.quantities():
                printed = _printed(base, other, book)
                if printed is None or key_of(base, other.scope) == entry.key:
                    continue
                value = _inverted(root, base, entry, other, printed.says.value, told.value)
                if value is not None:
                    text = f"follows from the document's own {printed.says.figure} and {told.figure}"
                    yield Candidate(value, _NAME, text, 1, (_evidence(printed), _evidence(other.claim)))


def _inverted(
    root: Operation, base: Quantity, entry: Entry, other: Entry, known: Fraction, told: Fraction
) -> Fraction | None:
    """The entry's own quantity, if the expression puts it beside the base as a share, a reduction or a difference."""

    def is_own(term: Term) -> bool:
        return key_of(term, other.scope) == entry.key

    match root:
        case Operation(sign="/", left=own, right=under) if is_own(own) and under == base:
            return known * told
        case Operation(sign="-", left=Number(value=one), right=Operation(sign="/", left=own, right=under)) if (
            one == 1 and is_own(own) and under == base
        ):
            return known * (1 - told)
        case Operation(sign="-", left=Operation(sign="/", left=own, right=under), right=Number(value=one)) if (
            one == 1 and is_own(own) and under == base
        ):
            return known * (1 + told)
        case Operation(sign="-", left=over, right=own) if is_own(own) and over == base:
            return known - told
        case Operation(sign="-", left=own, right=under) if is_own(own) and under == base:
            return known + told
    return None


def _sums(entry: Entry, term: Quantity, book: Book) -> Iterator[Candidate]:
    """What the document prints for parts of the model, added up in every way."""
    addends: dict[object, Claim] = {}
    for key, others in book.by_key.items():
        root = others[0].expression.root
        same_model = isinstance(root, Quantity) and root.word == term.word and key != entry.key
        if same_model and others[0].scope is entry.scope and others[0].claim.says.shape in _POINT:
            addends[key] = others[0].claim
    chosen = [claim for claim in addends.values() if claim.says.value < entry.claim.says.value]
    few = len(chosen) <= _MOST_PARTS
    scale = lcm(*(claim.says.value.denominator for claim in chosen))
    terms = [(int(claim.says.value * scale), claim.says.figure, _evidence(claim)) for claim in chosen]
    for number in range(2, min(_MOST_ADDENDS, len(chosen)) + 1) if few else [len(chosen)]:
        cost = 1 if number == len(chosen) else 3
        for some in combinations(terms, number):
            values, figures, evidence = zip(*some, strict=True)
            text = f"the sum of the document's own {' + '.join(figures)}"
            yield Candidate(Fraction(sum(values), scale), _NAME, text, cost, evidence)


def _evidence(claim: Claim) -> Evidence:
    return Evidence(f"{PRINTED}{claim.says.figure}", claim.says.value)
