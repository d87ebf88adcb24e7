"""The report on one audit, as it is kept in a file and as the console shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from auditor.auditing import Audit
from auditor.render import anatomy, answer, verdicts
from auditor.render.page import Page, Section

_REPORT = (
    answer.answer,
    verdicts.refuted,
    verdicts.explanations,
    verdicts.inconsistencies,
    verdicts.verified,
    anatomy.components,
    anatomy.largest_modules,
    anatomy.operations,
    anatomy.blind_spots,
    anatomy.measuring,
    verdicts.claims,
    verdicts.unverifiable,
    verdicts.budgets,
    anatomy.model,
    anatomy.assumptions,
    anatomy.documents,
)
_SUMMARY = (
    answer.answer,
    verdicts.refuted_in_words,
    verdicts.inconsistencies_in_words,
    anatomy.components_in_short,
    anatomy.blind_spots,
    anatomy.measuring,
    verdicts.unverifiable,
    verdicts.budgets,
    answer.documents_at_hand,
)


def report(audit: Audit) -> Page:
    """The full report, which opens with the answer."""
    return _page(audit, _REPORT)


def summary(audit: Audit) -> Page:
    """What the console shows: the answer, and the tables that bear it out."""
    return _page(audit, _SUMMARY)


def _page(audit: Audit, makers: Iterable[Callable[[Audit], Section | None]]) -> Page:
    sections = (maker(audit) for maker in makers)
    return Page(audit.spec.title, tuple(section for section in sections if section))
