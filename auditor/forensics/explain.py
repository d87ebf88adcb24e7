"""Explanations: the candidates that a wrong figure can be, the most convincing first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from auditor.claims import Judgement
from auditor.claims.book import Book, Entry, books
from auditor.claims.scope import Scope, Variant
from auditor.forensics import operations, parameters  # noqa: F401  (they register their mechanisms)
from auditor.forensics.candidate import Candidate, Evidence, hits
from auditor.forensics.document import document_candidates
from auditor.forensics.odds import CONVINCING, can_convince, odds, precision
from auditor.forensics.terms import Cases
from auditor.forensics.writing import slips_of_the_pen
from auditor.spec import Verdict
from auditor.spec.expression import Comparison, Conjunction, Quantity
from auditor.spec.printed import Printed

SHOWN = 3
"""Explanations of one figure that are told."""


@dataclass(frozen=True)
class Explanation:
    """How a wrong figure may have come about, and how easily chance would have told the same tale."""

    mechanism: str
    text: str
    reproduces: Fraction
    odds: float
    cost: int
    evidence: tuple[Evidence, ...]


def explain(scope: Scope, judgements: Iterable[Judgement]) -> dict[str, tuple[Explanation, ...]]:
    """Explanations for every claim that does not hold, by its id; an empty one is unexplained."""
    wrong = [j for j in judgements if j.verdict in (Verdict.REFUTED, Verdict.INCONSISTENT) and is_number(j)]
    if not wrong:
        return {}
    found = list(books(scope))
    cases = Cases(scope, _related(scope, found))
    told: dict[object, tuple[Explanation, ...]] = {}
    for judgement in wrong:
        if (key := _same(judgement)) not in told:
            told[key] = explanations(judgement, cases, _book(judgement, found))
    return {judgement.id: told[_same(judgement)] for judgement in wrong}


def _same(judgement: Judgement) -> object:
    """What makes two claims one case: the document, the figure, and what it is about."""
    claim = judgement.claim
    return claim.doc, claim.says.text, claim.of.text if claim.of else ""


def is_number(judgement: Judgement) -> bool:
    """Whether a claim prints a number for something measured, which is what mechanisms can explain."""
    return isinstance(judgement.measured, Fraction)


def explanations(judgement: Judgement, cases: Cases, book: Book | None) -> tuple[Explanation, ...]:
    """The convincing explanations of one figure."""
    says, of = judgement.claim.says, judgement.claim.of
    if precision(says) is None:
        return ()
    tried, sharp = list(_candidates(judgement, cases, book)), says.sharp
    found = _convincing(sharp, tried) or (_convincing(says, tried) if says is not sharp else ())
    if not found and of and isinstance(of.root, Quantity) and can_convince(says):
        found = _convincing(sharp, [*tried, *cases.settings_of(of.root)])
    return found


def _convincing(printed: Printed, tried: list[Candidate]) -> tuple[Explanation, ...]:
    reach: dict[int, float] = {}
    found: dict[tuple[str, Fraction], Explanation] = {}
    for candidate in sorted(hits(tried, printed), key=lambda c: c.cost):
        if candidate.cost not in reach:
            reach[candidate.cost] = odds(printed, (c.value for c in tried if c.cost <= candidate.cost))
        if reach[candidate.cost] > CONVINCING:
            break
        key = (candidate.mechanism, candidate.value)
        if key not in found:
            found[key] = Explanation(
                candidate.mechanism,
                candidate.text,
                candidate.value,
                reach[candidate.cost],
                candidate.cost,
                candidate.evidence,
            )
    return tuple(sorted(found.values(), key=lambda e: (e.odds, e.cost, len(e.text)))[:SHOWN])


def _candidates(judgement: Judgement, cases: Cases, book: Book | None) -> Iterator[Candidate]:
    claim, measured = judgement.claim, judgement.measured
    if claim.of is None or isinstance(claim.of.root, Comparison | Conjunction) or not isinstance(measured, Fraction):
        return
    word = claim.of.root.word if isinstance(claim.of.root, Quantity) else ""
    yield from slips_of_the_pen(measured, claim.says, word)
    yield from cases.about(claim.of.root, claim.of.text)
    if book:
        entry = next((entry for entry in book.entries if entry.claim is claim), Entry(claim, cases.scope))
        yield from document_candidates(entry, book)


def _book(judgement: Judgement, found: Iterable[Book]) -> Book | None:
    return next((b for b in found if any(entry.claim is judgement.claim for entry in b.entries)), None)


def _related(scope: Scope, found: Iterable[Book]) -> tuple[Variant, ...]:
    """The variants that the spec extends, and those that its documents compare it with."""
    bases = (base for base in scope.variant.spec.bases if not base.refusal)
    variants = {base.path.resolve(): scope.find(base.path) for base in bases}
    for book in found:
        for entry in book.entries:
            variants.setdefault(entry.scope.variant.place, entry.scope.variant)
    variants.pop(scope.variant.place, None)
    return tuple(variants.values())


Explained = Mapping[str, tuple[Explanation, ...]]
"""Explanations by the ids of the claims."""
