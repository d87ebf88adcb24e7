"""Documents against each other: one quantity, of one variant or of a part that variants share."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product

from auditor.claims.book import Entry
from auditor.claims.scope import Scope
from auditor.spec import Claim, Document
from auditor.spec.expression import Quantity


@dataclass(frozen=True)
class Contradiction:
    """Figures for one quantity in several documents, of which at least two exclude each other."""

    of: str
    variants: tuple[str, ...]
    measured: Fraction | bool | None
    claims: tuple[Claim, ...]


def contradictions(scopes: Iterable[Scope]) -> tuple[Contradiction, ...]:
    """Everything that the documents of some specs print differently from each other."""
    subjects: dict[Hashable, list[Entry]] = {}
    for scope in scopes:
        for claim in scope.variant.spec.claims:
            if claim.of and not claim.of.is_statement:
                entry = Entry(claim, scope)
                subjects.setdefault(_subject(entry), []).append(entry)
    return tuple(_contradiction(entries) for entries in subjects.values() if _clash(entries))


def _subject(entry: Entry) -> Hashable:
    """What a claim is about; parts with the same parameters are one subject, whatever their variant."""
    root = entry.expression.root
    if not isinstance(root, Quantity) or root.word != "params":
        return entry.key
    part = entry.scope.part(root.names, root.mark)
    held = frozenset((parameter.names[0], parameter.count) for parameter in part.parameters)
    return (root.word, held) if held else entry.key


def _clash(entries: list[Entry]) -> bool:
    return any(
        not _document(one).is_same(_document(other)) and _excludes(one, other)
        for one, other in combinations(entries, 2)
    )


def _excludes(one: Entry, other: Entry) -> bool:
    """Whether no number is what both print, however each document reads its sizes."""
    if not one.spans or not other.spans:
        return False
    return not any(left.overlaps(right) for left, right in product(one.spans, other.spans))


def _document(entry: Entry) -> Document:
    return entry.scope.variant.spec.documents[entry.claim.doc]


def _contradiction(entries: list[Entry]) -> Contradiction:
    first = entries[0]
    variants = tuple(dict.fromkeys(entry.scope.variant.spec.name for entry in entries))
    return Contradiction(first.expression.text, variants, first.measured, tuple(entry.claim for entry in entries))
