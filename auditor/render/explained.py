"""How explanations are told."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.auditing import Audit
from auditor.claims import Judgement
from auditor.forensics import Explanation
from auditor.forensics.candidate import PRINTED, Evidence
from auditor.render.cells import Group, gap, measured, together
from auditor.render.figures import amount
from auditor.render.page import Page, Section, Table, columns

_SHOWN = 6
"""Terms of an explanation's sum that are shown."""


def told(explanation: Explanation, judgement: Judgement) -> str:
    """An explanation with the figure it comes to."""
    return f"{amount(explanation.reproduces, judgement.interval.unit)}, {explanation.text}"


def evidence(explanation: Explanation) -> str:
    """The terms that an explanation's figure is made of."""
    terms = [_term(term) for term in explanation.evidence[:_SHOWN]]
    return "; ".join(terms) + ("; …" if len(explanation.evidence) > _SHOWN else "")


def _term(term: Evidence) -> str:
    """A term with its value, unless it is a figure that shows it itself."""
    return term.what if term.what.startswith(PRINTED) else f"{term.what} {amount(term.value, '')}"


def chance(explanation: Explanation) -> str:
    """The odds that an explanation is told by chance: 1.3%."""
    percent = 100 * explanation.odds
    return "<0.01%" if percent < 0.01 else f"{percent:.2g}%"


def explained_page(audit: Audit, judgements: Iterable[Judgement]) -> Page:
    """A section for each wrong figure, with every term of every explanation."""
    sections = [section for group in together(judgements) for section in _sections(audit, group)]
    if not sections:
        sections = [Section("Nothing to explain", "Every figure that can be measured holds.")]
    return Page(f"{audit.spec.title}: how wrong figures came about", tuple(sections))


def _sections(audit: Audit, group: Group) -> Iterable[Section]:
    first = group.first
    of = first.claim.of.text if first.claim.of else ""
    lead = f"Measured {measured(first)}, off by {gap(first)}." + (
        f" {first.claim.reason}" if first.claim.reason else ""
    )
    found = audit.explanations[first.id]
    yield Section(f"{first.claim.says.figure} for {of} ({group.places})", lead + ("" if found else " Unexplained."))
    for number, explanation in enumerate(found, start=1):
        rows = tuple((term.what, amount(term.value, "")) for term in explanation.evidence)
        table = (
            Table(columns("Made of", "#Value"), (*rows, ("comes to", amount(explanation.reproduces, ""))))
            if rows
            else None
        )
        yield Section(
            f"{number}. {told(explanation, first)}",
            f"{explanation.mechanism}; {chance(explanation)} by chance.",
            table=table,
        )
